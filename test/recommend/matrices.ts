import { readFileSync } from 'node:fs';
import type { Csr } from '../../src/ops/index.js';
import { Random } from '../../src/random.js';

/** A sparse matrix of rows of `{column: value}`. */
export function csr(columns: number, rows: Record<number, number>[]): Csr {
  const entries = rows.map(row => Object.entries(row).map(([c, v]) => [Number(c), v]));
  const indptr = new Int32Array(rows.length + 1);
  entries.forEach((row, i) => {
    indptr[i + 1] = indptr[i] + row.length;
  });
  const flat = entries.flat();
  return {
    rows: rows.length,
    columns,
    indptr,
    indices: Int32Array.from(flat, ([c]) => c),
    values: Float32Array.from(flat, ([, v]) => v),
  };
}

/** Rows of up to `most` entries of 1 … 5. */
export function randomCsr(rows: number, columns: number, most: number, seed: number): Csr {
  const random = new Random(seed);
  return csr(
    columns,
    Array.from({ length: rows }, () => {
      const row: Record<number, number> = {};
      const length = random.integer(most + 1);
      for (let i = 0; i < length; i++) row[random.integer(columns)] = 1 + random.integer(5);
      return row;
    }),
  );
}

/** Dense float64 rows. */
export function dense({ rows, columns, indptr, indices, values }: Csr): number[][] {
  return Array.from({ length: rows }, (_, i) => {
    const row = new Array<number>(columns).fill(0);
    for (let p = indptr[i]; p < indptr[i + 1]; p++) row[indices[p]] = values[p];
    return row;
  });
}

/** Ratings of MovieLens 100K, `[users, items]`; user and item `n` is number `n - 1`. */
export function movieLens(path: string): Csr {
  const rows = Array.from({ length: 943 }, () => ({}) as Record<number, number>);
  for (const line of readFileSync(path, 'ascii').trim().split('\n')) {
    const [user, item, rating] = line.split('\t').map(Number);
    rows[user - 1][item - 1] = rating;
  }
  return csr(1682, rows);
}
