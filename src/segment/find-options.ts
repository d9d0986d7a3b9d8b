import type { Choice, Criterion } from './choose-k/index.js';
import type { DensityMetric, SuggestedRadius } from './dbscan/index.js';
import type { LinkageMethod, Merges } from './hierarchical/index.js';
import type { KMeansOptions, WarmStart } from './kmeans-options.js';
import type { NamedInit } from './named-inits.js';
import type { SegmentAssignment, SegmentModel } from './segment-model.js';

/** A range of numbers of segments to choose from. */
export interface KChoice {
  from?: number;
  to?: number;
  criterion?: Criterion;
}

/** The algorithm, and what it needs to know. */
export type SegmentOptions =
  | ({ algorithm: 'kmeans'; k: number | KChoice } & Omit<KMeansOptions, 'k' | 'seed' | 'init'> & {
        /** A fitted model is for a number of segments that is given. */
        init?: NamedInit | WarmStart;
      })
  | { algorithm: 'dbscan'; radius: number | 'auto'; minimumPoints?: number; metric?: DensityMetric }
  | { algorithm: 'hdbscan'; minimumSize?: number; minimumPoints?: number; metric?: DensityMetric }
  | { algorithm: 'hierarchical'; linkage?: LinkageMethod; cut: { k: number | KChoice } | { height: number } };

/** The options of one algorithm. */
export type Of<A extends SegmentOptions['algorithm']> = Extract<SegmentOptions, { algorithm: A }>;

export interface FindOptions {
  seed?: number;
  /** Names of the features. */
  features?: readonly string[];
  /** Steps of whatever kind that were done. */
  onStep?: (done: number, total: number | undefined, unit: string) => void;
  signal?: AbortSignal;
}

/** A hierarchy over customers, or over micro-clusters of them. */
export interface FoundHierarchy {
  linkage: LinkageMethod;
  merges: Merges;
  /** Between the last merger that was made and the first that was not. */
  cutHeight: number;
  /** How many micro-clusters stand for the customers; undefined where each stands for themselves. */
  microClusters?: number;
  /** `[microClusters]`, customers that each stands for. */
  microSizes?: readonly number[];
}

/** A model of segments, and how it came about. */
export interface FoundModel {
  model: SegmentModel;
  /** What the reader should know, in whole sentences. */
  remarks: string[];
  /** k-means: its sum of squared distances, iterations, whether it came to rest. */
  kmeans?: { inertia: number; iterations: number; converged: boolean };
  /** How k was chosen, where it was left open. */
  choice?: Choice;
  /** The radius of DBSCAN and its core customers; with the distances to choose it by where it was left open. */
  density?: { radius: number; core: number; suggested?: SuggestedRadius };
  hierarchy?: FoundHierarchy;
}

/** The same, with the segments of the customers. */
export interface FoundSegments extends FoundModel, SegmentAssignment {}
