import type { Csr } from '../ops/index.js';

/** What the entries of the customer × item matrix are turned into before things are compared. */
export const weightings = ['none', 'tf-idf', 'bm25', 'centred'] as const;

export type Weighting = (typeof weightings)[number];

/** Weighs rows that have the columns of the matrix a weighting was made for. */
export type WeighRows = (rows: Csr) => Csr;

/** How much BM25 lets a great value count: high values come near the plain value. As in the package implicit. */
const saturation = 100;

/** How much BM25 holds against a row that it is long, from 0 to 1. As in the package implicit. */
const lengthShare = 0.8;

/**
 * A weighting of the rows of `matrix` (the things to be compared: items by customers, or customers by items),
 * which can then be given other rows with the same columns. With x the value, N the rows, n the rows that
 * have the column:
 *
 * - `tf-idf`: √x · ln(N / (1 + n)): what everybody has says little.
 * - `bm25`: x (k + 1) / (k (1 - b + b · length / mean length) + x) · ln(N / (1 + n)) with k = 100, b = 0.8 and
 *   the length of a row the sum of its values (S. Robertson and H. Zaragoza, "The probabilistic relevance
 *   framework: BM25 and beyond", 2009). Both logarithms as in the package implicit, but not below 0.
 * - `centred`: x - the mean of the column. The cosine of two such items, whose columns are customers, is the
 *   adjusted cosine (B. Sarwar et al., "Item-based collaborative filtering", WWW 2001) with the norms over all
 *   ratings of an item.
 */
export function weightingOf(weighting: Weighting, matrix: Csr): WeighRows {
  if (weighting === 'none') return rows => rows;
  if (weighting === 'centred') {
    const means = columnMeans(matrix);
    return rows => withValues(rows, (value, column) => value - means[column]);
  }
  const rowsWith = new Float64Array(matrix.columns);
  for (const column of matrix.indices) rowsWith[column]++;
  const rarity = rowsWith.map(n => Math.max(0, Math.log(matrix.rows / (1 + n))));
  if (weighting === 'tf-idf') {
    return rows => withValues(rows, (value, column) => Math.sqrt(Math.max(0, value)) * rarity[column]);
  }
  const meanLength = matrix.values.reduce((sum, value) => sum + value, 0) / Math.max(1, matrix.rows);
  return rows => {
    const lengths = rowSums(rows);
    return withValues(rows, (value, column, row) => {
      const length = 1 - lengthShare + (lengthShare * lengths[row]) / meanLength;
      return ((value * (saturation + 1)) / (saturation * length + value)) * rarity[column];
    });
  };
}

/** The matrix with every entry's value replaced. */
export function withValues(
  matrix: Csr,
  replace: (value: number, column: number, row: number) => number,
): Csr {
  const { rows, indptr, indices, values } = matrix;
  const replaced = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let p = indptr[row]; p < indptr[row + 1]; p++) replaced[p] = replace(values[p], indices[p], row);
  }
  return { ...matrix, values: replaced };
}

/** The mean of the entries of each row; of a row without entries `otherwise`. */
export function rowMeans({ rows, indptr, values }: Csr, otherwise = 0): Float64Array {
  const means = new Float64Array(rows).fill(otherwise);
  for (let row = 0; row < rows; row++) {
    const [from, to] = [indptr[row], indptr[row + 1]];
    let sum = 0;
    for (let p = from; p < to; p++) sum += values[p];
    if (to > from) means[row] = sum / (to - from);
  }
  return means;
}

function rowSums({ rows, indptr, values }: Csr): Float64Array {
  const sums = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    for (let p = indptr[row]; p < indptr[row + 1]; p++) sums[row] += values[p];
  }
  return sums;
}

function columnMeans({ columns, indices, values }: Csr): Float64Array {
  const [sums, counts] = [new Float64Array(columns), new Float64Array(columns)];
  indices.forEach((column, p) => {
    sums[column] += values[p];
    counts[column]++;
  });
  return sums.map((sum, column) => (counts[column] > 0 ? sum / counts[column] : 0));
}
