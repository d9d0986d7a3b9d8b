import type { KeptColumn } from '../data/index.js';
import type { FoundModel, SegmentDescription } from '../segment/index.js';
import type { FeatureVerdict } from './chosen-features.js';
import type { PreviousSegments } from './previous-segments.js';
import type { SegmentColumns } from './segment-columns.js';
import type { Correlations } from './segment-correlation.js';
import type { DriftReport } from './segment-drift.js';

/** How good segments are; NaN where a figure is not defined, such as for a single segment. */
export interface SegmentQuality {
  /** Of up to 5,000 customers; 1 far apart, 0 touching. */
  silhouette: number;
  calinskiHarabasz: number;
  daviesBouldin: number;
}

/** Segments and all that was found about them. */
export interface SegmentFindings extends FoundModel {
  customers: SegmentColumns;
  profiles: SegmentDescription['segments'];
  noise: SegmentDescription['noise'];
  /** Every category in every segment. */
  categories: SegmentDescription['categories'];
  /** Share of the customers that the conditions put into the right segment. */
  fidelity: number;
  quality: SegmentQuality;
  /** Verdicts about the features, where they were chosen. */
  features?: FeatureVerdict[];
  correlations?: Correlations;
  /** With the earlier segments of the customers, where these were kept: see `keepPreviousLabels`. */
  drift?: { report: DriftReport; previous: PreviousSegments; earlier?: KeptColumn<'int32'> };
}
