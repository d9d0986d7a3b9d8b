import type { Random } from '../random.js';
import { gatherCustomers, type HostBatch } from './batches.js';

/**
 * Numbers of at most `size` of the customers, ascending: everybody where they are no more, else one from each
 * of `size` equal stretches of customers.
 */
export function sampleOf(customers: number, size: number, random: Random): Int32Array {
  if (customers <= size) {
    const everybody = new Int32Array(customers);
    for (let i = 0; i < customers; i++) everybody[i] = i;
    return everybody;
  }
  const start = (stretch: number) => Math.floor((stretch * customers) / size);
  return Int32Array.from({ length: size }, (_, i) => start(i) + random.integer(start(i + 1) - start(i)));
}

/** Customers, to improve segments on the host. */
export interface Candidates {
  /** `[count, features]` */
  rows: Float64Array;
  /** `[count]` */
  weights: Float64Array;
  count: number;
  features: number;
}

/** These customers with their weights. */
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
  const row = new Float32Array(features);
  const bytes = Buffer.from(row.buffer);
  // Adding 0 makes the two zeros one.
  const keyOf = (value: (feature: number) => number) => {
    for (let f = 0; f < features; f++) row[f] = value(f) + 0;
    return bytes.toString('latin1');
  };
  const seen = new Set<string>();
  for (let p = 0; p < known.length; p += features) seen.add(keyOf(f => known[p + f]));
  const found: number[] = [];
  for (const { values, customers, from } of batches) {
    for (let i = 0; i < customers; i++) {
      if (found.length === wanted * features) return Float64Array.from(found);
      if (weights && weights[from + i] === 0) continue;
      const key = keyOf(f => values[f * customers + i]);
      if (seen.has(key)) continue;
      seen.add(key);
      found.push(...row);
    }
  }
  return Float64Array.from(found);
}
