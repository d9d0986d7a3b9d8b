import type {
  CustomerFeatures,
  CustomerGroups,
  Database,
  FeatureEncoder,
  QualityRow,
  SourceSummary,
} from '../data/index.js';
import type { Device } from '../device/index.js';
import type { Cost } from '../ops/cost.js';
import type { ReasonKind } from '../recommend/index.js';
import type { SegmentAlgorithm } from '../segment/index.js';
import type { GroupedRfm } from '../value/grouped-rfm.js';
import type { Rfm } from '../value/rfm.js';
import type { Buying } from './buying.js';
import type { ChosenFeatures } from './chosen-features.js';
import type { Config } from './config/index.js';
import type { CustomerModel } from './customer-model.js';
import type { GateReport } from './gate/measure.js';
import type { IncrementalReport } from './incremental/report.js';
import type { LoadedConfig } from './load-config.js';
import type { InputReport, Manifest } from './manifest.js';
import type { Progress } from './progress.js';
import type { Evaluation } from './recommend/evaluation.js';
import type { RecommenderModel } from './recommend/recommender-model.js';
import type { ResultsFolder } from './results-folder.js';
import type { RfmGroup } from './rfm-groups.js';
import type { SegmentFindings } from './segment-findings.js';
import type { ValueForecast } from './value-forecast.js';
import type { ValueModel } from './value-model.js';
import type { ValueReport } from './value-report.js';

/** A run under way: what it works with and what its stages have found so far. */
export interface Run extends LoadedConfig {
  readonly database: Database;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
  /** Where results are written; undefined where they are only printed. */
  readonly staging?: ResultsFolder;
  /** Opens the device at the first call; `auto` leaves work that is too small on the processor. */
  device(work?: Cost): Promise<Device>;
  /** What customers are scored by. */
  readonly model?: CustomerModel;
  /** What customers are valued by, when they are scored. */
  readonly valueModel?: ValueModel;
  /** What customers are recommended by, when they are scored. */
  readonly recommenderModel?: RecommenderModel;
  /** The folder of the results that these take the place of, where there are any. */
  readonly earlier?: string;
  /** The night that is published, to compare with. */
  readonly published?: PublishedNight;
  /** Whether the night is published whatever the gate finds. */
  readonly force?: boolean;
  /** Whether everything is computed, be the configuration for incremental nights. */
  readonly full?: boolean;
  readonly found: Findings;
}

/** A night that readers see. */
export interface PublishedNight {
  folder: string;
  manifest: Manifest;
}

/** What stages leave for the stages after them. */
export interface Findings {
  summaries: SourceSummary[];
  inputs: InputReport[];
  quality: QualityRow[];
  /** The moment that recency is counted to. */
  snapshot?: string;
  features?: {
    encoder: FeatureEncoder;
    customers: CustomerFeatures;
    /** How the features were chosen, where the configuration leaves it open. */
    chosen?: ChosenFeatures;
  };
  value?: {
    buying: Buying;
    /** By what each customer is scored. */
    rfm: Rfm | GroupedRfm;
    groups: RfmGroup[];
    /** What customers will bring in, where the configuration names a model for it. */
    forecast?: ValueForecast;
    /** The forecast in a few numbers, for when its columns are gone. */
    report?: ValueReport;
    /** Groups within which customers were scored, where they were not scored among all. */
    among?: CustomerGroups;
  };
  segments?: SegmentFindings;
  scores?: {
    rows: number;
    algorithm: SegmentAlgorithm;
    segments: { segment: number; name: string; size: number }[];
    /** Customers whom the model leaves without a segment. */
    noise: number;
  };
  /** Values by an earlier model. */
  valueScores?: { customers: number; alive: number; purchases: number; lifetimeValue: number; end: string };
  /** How recommenders compare. */
  evaluation?: Evaluation;
  /** What the gate has measured, and against what. */
  gate?: GateReport;
  recommendations?: {
    items: number;
    /** Customer-item pairs that the similarities come from. */
    pairs: number;
    /** Recommendations made. */
    rows: number;
    /** Of a night that was not computed in full. */
    incremental?: IncrementalReport;
    /** Why everything was computed in a night that could have been built on the one before. */
    fullBecause?: string;
    examples: RecommendationExample[];
    /** The weight of each voice of the blend, where there is one. */
    weights?: Record<string, number>;
    /** Of recommenders that were fitted to a sample of customers, where not all fitted into memory. */
    fitted?: FitReport;
    /** Ranks by which the blend softens the first places, where it was learnt. */
    softening?: number;
    /** What the reader should know, a sentence each. */
    remarks: string[];
  };
}

/** Which recommenders were fitted to how many of the customers. */
export interface FitReport {
  sample: number;
  of: number;
  parts: string[];
}

/** The recommendations of one customer, to show. */
export interface RecommendationExample {
  customer: string;
  /** Items that the customer has. */
  items: number;
  recommendations: {
    rank: number;
    item: string;
    name: string;
    score: number;
    reason: ReasonKind;
    /** Name of the customer's item that speaks for it most. */
    because?: string;
  }[];
}

/** One step of a run. */
export interface Stage {
  name: StageName;
  /** What it does, for the plan. */
  does: string;
  /** Why this configuration has nothing for the stage to do; undefined where it has. */
  idle?(config: Config): string | undefined;
  /** Whether it looks at more than the inputs and the configuration, so that it runs again in a run that goes on. */
  always?: boolean;
  /** Does the step and gives the number of rows that it dealt with. */
  run(run: Run): Promise<number>;
}

export const stageNames = [
  'load',
  'clean',
  'features',
  'value',
  'segments',
  'recommendations',
  'score',
  'scoreValues',
  'scoreRecommendations',
  'evaluation',
  'gate',
  'publish',
] as const;

export type StageName = (typeof stageNames)[number];

/** The stages of a night: all but the scoring by an earlier model and the comparison of recommenders. */
export const nightlyStages: readonly StageName[] = stageNames.filter(
  name => !name.startsWith('score') && name !== 'evaluation',
);
