/** One feature of the customers of one segment. */
export interface FeatureProfile {
  name: string;
  mean: number;
  median: number;
  /** Standard deviation within the segment. */
  deviation: number;
  /** A quarter of the segment's customers lies below the one, a quarter above the other. */
  lowerQuartile: number;
  upperQuartile: number;
  /** Mean of the segment as a multiple of the mean of all customers; NaN where that is not above 0. */
  lift: number;
  /** Mean of the segment less the mean of all customers, in standard deviations of all customers. */
  difference: number;
  /** Where the segment's customers stand on average among all: 0.5 as everybody, near 1 at the top. */
  rank: number;
  /** The difference of the ranks, in standard deviations: a few extreme customers do not sway it. */
  rankDifference: number;
}

/** A feature that sets a segment apart from all customers. */
export interface Distinction {
  feature: string;
  direction: 'high' | 'low';
  /** Whether by far. */
  very: boolean;
  difference: number;
  rankDifference: number;
}

export interface SegmentProfile {
  segment: number;
  /** Readable, and unlike the names of the other segments. */
  name: string;
  /** Customers. */
  size: number;
  /** Of all customers. */
  share: number;
  /** NaN where revenue was not given. */
  revenue: number;
  /** Of all revenue; NaN where revenue was not given. */
  revenueShare: number;
  /** In the order given. */
  features: FeatureProfile[];
  /** The most distinctive first. */
  distinctions: Distinction[];
}
