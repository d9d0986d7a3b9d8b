import type { CustomerNumbers } from '../customer-column.js';
import type { Features } from '../segment/batches.js';
import type { CustomerStream } from '../segment/visit.js';
import { segmentScatter } from './segment-scatter.js';

/**
 * Scatter between segments over scatter within, each by its degrees of freedom; more is better.
 * (T. Caliński and J. Harabasz, "A dendrite method for cluster analysis", Communications in Statistics 3, 1974.)
 *
 * @param x features of the customers, `[features, customers]`, whole, in batches or as a stream.
 * @param labels `[customers]`; a customer below 0 belongs to no segment.
 * @throws DataError for fewer than two segments.
 */
export async function calinskiHarabasz(
  x: Features | CustomerStream,
  labels: CustomerNumbers,
): Promise<number> {
  const { features, customers, segments, sizes, centroids, mean, squares } = await segmentScatter(x, labels);
  const within = squares.reduce((sum, square) => sum + square, 0);
  const between = centroids.reduce(
    (sum, value, p) => sum + sizes[Math.floor(p / features)] * (value - mean[p % features]) ** 2,
    0,
  );
  const freedom = (customers - segments.length) / (segments.length - 1);
  return within === 0 ? Number.POSITIVE_INFINITY : (between / within) * freedom;
}
