import { gatherCustomers, type HostBatch } from './batches.js';
import type { Pass } from './lloyd.js';

/** Segments without customers. */
export function emptySegments({ counts }: Pass): number[] {
  const empty: number[] = [];
  for (let segment = 0; segment < counts.length; segment++) if (counts[segment] === 0) empty.push(segment);
  return empty;
}

/**
 * Gives each empty segment the customer that is farthest from all centroids, those of repaired segments
 * included; of equally far ones the first. The customer leaves their segment, unless nobody would be left.
 */
export function repairEmpty(
  { sums, counts }: Pass,
  empty: readonly number[],
  { labels, distances }: { labels: Int32Array; distances: Float32Array },
  batches: readonly HostBatch[],
  features: number,
  weights?: Float32Array,
): void {
  for (const segment of empty) {
    let farthest = -1;
    for (let i = 0; i < labels.length; i++) {
      if (distances[i] <= (farthest < 0 ? 0 : distances[farthest])) continue;
      const weight = weights ? weights[i] : 1;
      // The margin is for counts of fractional weights, which come rounded to float32.
      if (weight > 0 && counts[labels[i]] > weight * 1.000001) farthest = i;
    }
    if (farthest < 0) return;
    const weight = weights ? weights[farthest] : 1;
    const row = gatherCustomers(batches, features, [farthest]);
    const old = labels[farthest];
    for (let f = 0; f < features; f++) {
      sums[old * features + f] -= weight * row[f];
      sums[segment * features + f] = weight * row[f];
    }
    counts[old] -= weight;
    counts[segment] = weight;
    approach(distances, row, batches);
  }
}

/** Lowers the distances of customers to whom this one is nearer than their centroid. */
export function approach(distances: Float32Array, row: Float64Array, batches: readonly HostBatch[]): void {
  for (const { values, customers, from } of batches) {
    for (let i = 0; i < customers; i++) {
      let sum = 0;
      for (let f = 0; f < row.length; f++) sum += (values[f * customers + i] - row[f]) ** 2;
      if (sum < distances[from + i]) distances[from + i] = sum;
    }
  }
}
