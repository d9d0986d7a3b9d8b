import type { FoundMerges } from './merges.js';
import { WardIndex } from './ward-index.js';

/**
 * Ward's linkage by the nearest-neighbour chain on the centroids, which with the sizes tell all distances: no
 * distance of a pair is kept, and the nearest cluster is looked for in a k-d tree of the centroids.
 */
export async function linkWard(
  points: Float32Array,
  features: number,
  weights: Float64Array,
  onProgress: (done: number, total: number) => void,
  turn: () => Promise<void>,
): Promise<FoundMerges> {
  const customers = weights.length;
  const merges = customers - 1;
  const found = { a: new Int32Array(merges), b: new Int32Array(merges), heights: new Float64Array(merges) };
  const index = new WardIndex(Float64Array.from(points), features, weights.slice());
  const chain = new Int32Array(customers);
  let length = 0;
  let first = 0;
  for (let merge = 0; merge < merges; merge++) {
    await turn();
    if (length === 0) {
      while (!index.isLeft(first)) first++;
      chain[length++] = first;
    }
    for (;;) {
      const last = chain[length - 1];
      // The one before is taken unless another one is nearer, or the chain would go in circles.
      const before = length > 1 ? chain[length - 2] : -1;
      const nearest = index.nearest(last, before);
      if (nearest === before) {
        length -= 2;
        found.a[merge] = last;
        found.b[merge] = before;
        found.heights[merge] = Math.sqrt(index.squaredDistance(last, before));
        index.merge(last, before);
        break;
      }
      chain[length++] = nearest;
    }
    onProgress(merge + 1, merges);
  }
  return found;
}
