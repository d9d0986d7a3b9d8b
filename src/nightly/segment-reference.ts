import type { CustomerFeatures } from '../data/index.js';
import { deviation, mean } from '../data/scaler.js';
import { type DescribedSegment, type Distribution, distributionOf } from '../segment/index.js';

/** What is kept of segments to compare later ones with, in the features' own units. */
export interface SegmentReference {
  customers: number;
  features: { name: string; mean: number; deviation: number; distribution: Distribution }[];
  /** By number; means in the order of the features. */
  segments: { name: string; size: number; means: number[] }[];
}

export function segmentReference(
  customers: Pick<CustomerFeatures, 'names' | 'raw' | 'rows'>,
  segments: readonly DescribedSegment[],
): SegmentReference {
  return {
    customers: customers.rows,
    features: customers.names.map((name, f) => {
      const values = customers.raw(f);
      const centre = mean(values);
      return {
        name,
        mean: centre,
        deviation: deviation(values, centre),
        distribution: distributionOf(values),
      };
    }),
    segments: segments.map(({ name, size, features }) => ({
      name,
      size,
      means: features.map(({ mean }) => mean),
    })),
  };
}
