/** A named segment of RFM scores; a range is [lowest, highest] on the scale 1 to 5, and 5 is best. */
export interface RfmSegment {
  name: string;
  recency: [number, number];
  frequency: [number, number];
  /** Any, unless told. */
  monetary?: [number, number];
}

/**
 * The usual eleven names for the fields of recency × frequency, as marketers draw that map (for example Putler, "RFM analysis
 * for customer segmentation"; published maps differ in a field or two). The first that fits is taken; together they cover
 * the whole map.
 */
export const RFM_SEGMENTS: readonly RfmSegment[] = [
  { name: 'champions', recency: [5, 5], frequency: [4, 5] },
  { name: 'loyal', recency: [3, 4], frequency: [4, 5] },
  { name: 'potential loyalist', recency: [4, 5], frequency: [2, 3] },
  { name: 'new', recency: [5, 5], frequency: [1, 1] },
  { name: 'promising', recency: [4, 4], frequency: [1, 1] },
  { name: 'needs attention', recency: [3, 3], frequency: [3, 3] },
  { name: 'about to sleep', recency: [3, 3], frequency: [1, 2] },
  { name: 'cannot lose', recency: [1, 2], frequency: [5, 5] },
  { name: 'at risk', recency: [1, 2], frequency: [3, 4] },
  { name: 'hibernating', recency: [2, 2], frequency: [1, 2] },
  { name: 'lost', recency: [1, 1], frequency: [1, 2] },
];

/** Name of who never bought anything, and of a field that a map of one's own leaves open. */
export const NO_RFM_SEGMENT = 'none';
