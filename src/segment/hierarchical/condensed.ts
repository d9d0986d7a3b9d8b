import { UsageError } from '../../errors.js';
import type { FoundMerges } from './merges.js';

/** Customers up to which all pairs are held in float64, and in float32. */
const float64Customers = 8000;
const float32Customers = 40_000;

/**
 * Complete or average linkage by the nearest-neighbour chain: follow nearest neighbours until two are nearest to
 * each other, merge them, go on with what is left of the chain. (F. Murtagh, "A survey of recent advances in
 * hierarchical clustering algorithms", The Computer Journal 26, 1983.)
 *
 * @throws UsageError for more customers than pairs can be held of.
 */
export async function linkCondensed(
  points: Float32Array,
  features: number,
  method: 'complete' | 'average',
  weights: Float64Array,
  onProgress: (done: number, total: number) => void,
  turn: () => Promise<void>,
): Promise<FoundMerges> {
  const customers = weights.length;
  const distances = await condensedDistances(points, features, customers, turn);
  const size = weights.slice();
  /** Clusters that are left, each under the number of one of its customers. */
  const active = Int32Array.from({ length: customers }, (_, i) => i);
  const merges = customers - 1;
  const found = { a: new Int32Array(merges), b: new Int32Array(merges), heights: new Float64Array(merges) };
  const chain = new Int32Array(customers);
  const gone = new Uint8Array(customers);
  let [length, left] = [0, customers];
  for (let merge = 0; merge < merges; merge++) {
    await turn();
    if (length === 0) chain[length++] = active[0];
    for (;;) {
      const last = chain[length - 1];
      // The one before is taken unless another one is nearer, or the chain would go in circles.
      let nearest = length > 1 ? chain[length - 2] : -1;
      let least = nearest < 0 ? Number.POSITIVE_INFINITY : distances[place(last, nearest)];
      for (let i = 0; i < left; i++) {
        const other = active[i];
        if (other === last) continue;
        const distance = distances[other < last ? place(last, other) : place(other, last)];
        if (distance < least) {
          least = distance;
          nearest = other;
        }
      }
      if (length > 1 && nearest === chain[length - 2]) {
        length -= 2;
        found.a[merge] = last;
        found.b[merge] = nearest;
        found.heights[merge] = least;
        const kept = Math.max(last, nearest);
        const dropped = Math.min(last, nearest);
        gone[dropped] = 1;
        let next = 0;
        for (let i = 0; i < left; i++) if (!gone[active[i]]) active[next++] = active[i];
        left = next;
        for (let i = 0; i < left; i++) {
          const other = active[i];
          if (other === kept) continue;
          const at = place(kept, other);
          const [one, two] = [distances[at], distances[place(dropped, other)]];
          distances[at] =
            method === 'complete'
              ? Math.max(one, two)
              : (one * size[kept] + two * size[dropped]) / (size[kept] + size[dropped]);
        }
        size[kept] += size[dropped];
        break;
      }
      chain[length++] = nearest;
    }
    onProgress(merge + 1, merges);
  }
  return found;
}

/** Where the distance of two customers is: row by row below the diagonal. */
function place(a: number, b: number): number {
  return a > b ? (a * (a - 1)) / 2 + b : (b * (b - 1)) / 2 + a;
}

async function condensedDistances(
  points: Float32Array,
  features: number,
  customers: number,
  turn: () => Promise<void>,
): Promise<Float64Array | Float32Array> {
  if (customers > float32Customers) {
    throw new UsageError({
      expected: `at most ${float32Customers} customers for complete and average linkage`,
      found: `${customers}`,
      hint: 'Take ward or single linkage, or link the centroids of k-means with their sizes as weights.',
    });
  }
  const pairs = (customers * (customers - 1)) / 2;
  const distances = customers > float64Customers ? new Float32Array(pairs) : new Float64Array(pairs);
  let next = 0;
  for (let a = 0; a < customers; a++) {
    await turn();
    for (let b = 0; b < a; b++) {
      let sum = 0;
      for (let f = 0; f < features; f++) {
        const difference = points[a * features + f] - points[b * features + f];
        sum += difference * difference;
      }
      distances[next++] = Math.sqrt(sum);
    }
  }
  return distances;
}
