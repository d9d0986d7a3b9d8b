import type { Random } from '../random.js';
import { gatherCustomers, type HostBatch } from './batches.js';
import type { Candidates } from './initialise.js';

/**
 * Numbers of at most `size` of the customers, ascending: everybody where they are no more, else one from each
 * of `size` equal stretches of customers.
 */
export function sampleOf(customers: number, size: number, random: Random): Int32Array {
  if (customers <= size) return Int32Array.from({ length: customers }, (_, i) => i);
  const start = (stretch: number) => Math.floor((stretch * customers) / size);
  return Int32Array.from({ length: size }, (_, i) => start(i) + random.integer(start(i + 1) - start(i)));
}

/** These customers as candidates for first centroids. */
export function candidatesOf(
  batches: readonly HostBatch[],
  features: number,
  chosen: Int32Array,
  weights?: Float32Array,
): Candidates {
  return {
    rows: gatherCustomers(batches, features, chosen),
    weights: Float64Array.from(chosen, i => (weights ? weights[i] : 1)),
    count: chosen.length,
    features,
  };
}

/**
 * The first customers that differ from each other and from `known` (rows `[count, features]`), at most
 * `wanted` of them, as `[found, features]`. Customers of weight 0 do not count.
 */
export function distinctCustomers(
  batches: readonly HostBatch[],
  features: number,
  wanted: number,
  weights?: Float32Array,
  known: Float64Array = new Float64Array(),
): Float64Array {
  const seen = new Set<string>();
  for (let p = 0; p < known.length; p += features) seen.add(known.subarray(p, p + features).join());
  const found: number[] = [];
  const row = new Float64Array(features);
  for (const { values, customers, from } of batches) {
    for (let i = 0; i < customers; i++) {
      if (found.length === wanted * features) return Float64Array.from(found);
      if (weights && weights[from + i] === 0) continue;
      for (let f = 0; f < features; f++) row[f] = values[f * customers + i];
      const key = row.join();
      if (seen.has(key)) continue;
      seen.add(key);
      found.push(...row);
    }
  }
  return Float64Array.from(found);
}
