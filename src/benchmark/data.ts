import type { Csr, Metric } from '../ops/index.js';
import { Random } from '../random.js';

/** How many random numbers are drawn; longer data repeats them, shifted a little each time. */
const drawn = 1 << 20;

/** `[rows, columns]`, values in [0, 2). Drawing is slow beside the kernels, so long data is made of blocks. */
export function uniformMatrix(seed: number, rows: number, columns: number): Float32Array {
  const random = new Random(seed);
  const values = new Float32Array(rows * columns);
  const block = Math.min(drawn, values.length);
  for (let i = 0; i < block; i++) values[i] = random.uniform();
  for (let from = block; from < values.length; from += block) {
    const shift = random.uniform();
    const length = Math.min(block, values.length - from);
    for (let i = 0; i < length; i++) values[from + i] = values[i] + shift;
  }
  return values;
}

/** `[rows, columns]`, values in [-1, 1). */
export function factors(seed: number, rows: number, columns: number): Float32Array {
  return uniformMatrix(seed, rows, columns).map(value => 2 * (value % 1) - 1);
}

export function labels(seed: number, customers: number, k: number): Int32Array {
  const random = new Random(seed);
  return Int32Array.from({ length: customers }, () => random.integer(k));
}

/** About so many purchases of popular and of rare items: an item's chance falls with its rank (Zipf, exponent 1). */
export function interactions(seed: number, users: number, items: number, entries: number): Csr {
  const random = new Random(seed);
  const each = Math.round(entries / users);
  const indptr = new Int32Array(users + 1);
  const indices = new Int32Array(users * each);
  let length = 0;
  for (let user = 0; user < users; user++) {
    // The inverse of the continuous distribution: ranks 1 … items with density 1 / rank.
    const basket = new Set<number>();
    for (let i = 0; i < each; i++) basket.add(Math.min(items - 1, Math.floor(items ** random.uniform()) - 1));
    for (const item of [...basket].sort((a, b) => a - b)) indices[length++] = item;
    indptr[user + 1] = length;
  }
  return {
    rows: users,
    columns: items,
    indptr,
    indices: indices.slice(0, length),
    values: new Float32Array(length).fill(1),
  };
}

/** Up to `count` places of `0 … length - 1`, the first and the last among them. */
export function sampleOf(length: number, count: number): number[] {
  const places = Math.min(length, count);
  if (places === 1) return [0];
  return Array.from({ length: places }, (_, i) => Math.floor((i * (length - 1)) / (places - 1)));
}

function cosineDistance(a: number[], b: number[]): number {
  const dot = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + value * y[i], 0);
  return 1 - dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

function centred(a: number[]): number[] {
  const mean = a.reduce((sum, value) => sum + value, 0) / a.length;
  return a.map(value => value - mean);
}

function squaredEuclidean(a: number[], b: number[]): number {
  return a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0);
}

/** The distances in float64, to check the kernels by. */
export const distanceOracles: Record<Metric, (a: number[], b: number[]) => number> = {
  'squared-euclidean': squaredEuclidean,
  euclidean: (a, b) => Math.sqrt(squaredEuclidean(a, b)),
  manhattan: (a, b) => a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0),
  cosine: cosineDistance,
  correlation: (a, b) => cosineDistance(centred(a), centred(b)),
};
