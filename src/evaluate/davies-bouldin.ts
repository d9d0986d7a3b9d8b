import type { CustomerNumbers } from '../customer-column.js';
import type { Features } from '../segment/batches.js';
import type { CustomerStream } from '../segment/visit.js';
import { segmentScatter } from './segment-scatter.js';

/**
 * How much each segment overlaps with the one it overlaps with most, on average: the sum of their mean
 * distances from the centroid over the distance of the centroids; less is better.
 * (D. L. Davies and D. W. Bouldin, "A cluster separation measure", IEEE PAMI 1, 1979.)
 *
 * @param x features of the customers, `[features, customers]`, whole, in batches or as a stream.
 * @param labels `[customers]`; a customer below 0 belongs to no segment.
 * @throws DataError for fewer than two segments.
 */
export async function daviesBouldin(x: Features | CustomerStream, labels: CustomerNumbers): Promise<number> {
  const { features, segments, centroids, distances } = await segmentScatter(x, labels);
  const count = segments.length;
  let sum = 0;
  for (let a = 0; a < count; a++) {
    let worst = 0;
    for (let b = 0; b < count; b++) {
      if (a === b) continue;
      let squares = 0;
      for (let f = 0; f < features; f++)
        squares += (centroids[a * features + f] - centroids[b * features + f]) ** 2;
      const overlap = distances[a] + distances[b];
      worst = Math.max(worst, overlap === 0 ? 0 : overlap / Math.sqrt(squares));
    }
    sum += worst;
  }
  return sum / count;
}
