import type { Csr } from '../../src/ops/csr.js';
import { Random } from '../../src/random.js';

/** A matrix whose columns are the things compared, as rows of float64: `matrix[row][column]`. */
export type Matrix = number[][];

/** Normally distributed numbers around `centre`, as float32 holds them. */
export function randomMatrix(seed: number, rows: number, columns: number, centre = 0): Matrix {
  const random = new Random(seed);
  return Array.from({ length: rows }, () =>
    Array.from({ length: columns }, () => Math.fround(centre + random.normal())),
  );
}

export function column(matrix: Matrix, index: number): number[] {
  return matrix.map(row => row[index]);
}

export function dot(a: number[], b: number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

export function squaredEuclidean(a: number[], b: number[]): number {
  return a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0);
}

export function cosine(a: number[], b: number[]): number {
  const length = Math.sqrt(dot(a, a) * dot(b, b));
  return length === 0 ? 0 : dot(a, b) / length;
}

export function centred(a: number[]): number[] {
  const mean = a.reduce((sum, value) => sum + value, 0) / a.length;
  return a.map(value => value - mean);
}

/** Each entry is present with this probability; values are whole numbers from 1 to 5. */
export function randomCsr(seed: number, rows: number, columns: number, density: number): Csr {
  const random = new Random(seed);
  const [indptr, indices, values]: number[][] = [[0], [], []];
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < columns; c++) {
      if (random.uniform() >= density) continue;
      indices.push(c);
      values.push(1 + random.integer(5));
    }
    indptr.push(indices.length);
  }
  return {
    rows,
    columns,
    indptr: Int32Array.from(indptr),
    indices: Int32Array.from(indices),
    values: Float32Array.from(values),
  };
}

export function denseRows({ rows, columns, indptr, indices, values }: Csr): Matrix {
  const dense = Array.from({ length: rows }, () => new Array<number>(columns).fill(0));
  for (let row = 0; row < rows; row++) {
    for (let p = indptr[row]; p < indptr[row + 1]; p++) dense[row][indices[p]] = values[p];
  }
  return dense;
}

export function excludedOf(exclude: Csr | undefined, row: number): Set<number> {
  return new Set(exclude ? exclude.indices.subarray(exclude.indptr[row], exclude.indptr[row + 1]) : []);
}
