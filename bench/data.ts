import type { Csr } from '#kindred/ops/index.js';
import { Random } from '#kindred/random.js';

/** Normal numbers are drawn once and used again from other places: drawing 160 million takes longer than the rest. */
const noisePool = 1 << 20;

/**
 * Customers around `groups` centres, feature by feature: `[features, customers]`. The centres lie within
 * ±1, the customers around them with a standard deviation of 0.5, so that groups overlap.
 */
export function customersAround(
  seed: number,
  groups: number,
  features: number,
  customers: number,
): Float32Array {
  const random = new Random(seed);
  const centres = Float32Array.from({ length: groups * features }, () => 2 * random.uniform() - 1);
  const noise = Float32Array.from({ length: noisePool }, () => random.normal(0, 0.5));
  const group = Int32Array.from({ length: customers }, () => random.integer(groups));
  const x = new Float32Array(features * customers);
  for (let f = 0; f < features; f++) {
    const shift = random.integer(noisePool);
    for (let i = 0; i < customers; i++) {
      x[f * customers + i] = centres[group[i] * features + f] + noise[(i + shift) & (noisePool - 1)];
    }
  }
  return x;
}

/** Some of the customers as centroids, `[k, features]`. */
export function someCustomers(
  seed: number,
  k: number,
  x: Float32Array,
  features: number,
): Float32Array<ArrayBuffer> {
  const random = new Random(seed);
  const customers = x.length / features;
  const chosen = new Set<number>();
  while (chosen.size < k) chosen.add(random.integer(customers));
  return Float32Array.from(
    [...chosen].flatMap(i => Array.from({ length: features }, (_, f) => x[f * customers + i])),
  );
}

/** Normal numbers, `[rows, columns]`. */
export function normals(seed: number, rows: number, columns: number): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: rows * columns }, () => random.normal());
}

/**
 * Purchases, customers × items, all 1: the items by their rank (Zipf, exponent 1), the customers with baskets
 * whose sizes are log-normal, as those of people who rate films are.
 */
export function purchases(seed: number, customers: number, items: number, entries: number): Csr {
  const random = new Random(seed);
  const sigma = 0.8;
  const median = entries / customers / Math.exp(sigma ** 2 / 2);
  const indptr = new Int32Array(customers + 1);
  const indices = new Int32Array(2 * entries);
  const most = Math.floor(items / 3);
  const taken = new Int32Array(items).fill(-1);
  for (let customer = 0, next = 0; customer < customers; customer++) {
    const basket = Math.min(most, Math.max(1, Math.round(median * Math.exp(random.normal(0, sigma)))));
    const start = next;
    while (next - start < basket && next < indices.length) {
      // The inverse of the continuous distribution: ranks 1 … items with density 1 / rank.
      const item = Math.min(items - 1, Math.floor((items + 1) ** random.uniform()) - 1);
      if (taken[item] === customer) continue;
      taken[item] = customer;
      indices[next++] = item;
    }
    indices.subarray(start, next).sort();
    indptr[customer + 1] = next;
  }
  const length = indptr[customers];
  return {
    rows: customers,
    columns: items,
    indptr,
    indices: indices.slice(0, length),
    values: new Float32Array(length).fill(1),
  };
}
