import type { FoundSegments, SegmentDescription } from '../segment/index.js';
import type { FeatureVerdict } from './chosen-features.js';
import type { PreviousSegments } from './previous-segments.js';
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
export interface SegmentFindings extends FoundSegments {
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
  drift?: { report: DriftReport; previous: PreviousSegments };
}
