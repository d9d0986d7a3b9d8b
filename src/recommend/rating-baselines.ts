import type { Csr } from '../ops/index.js';

/** How far each row and each column of ratings lies above their mean. */
export interface RatingBaselines {
  mean: number;
  /** `[rows]` */
  ofRow: Float64Array;
  /** `[columns]` */
  ofColumn: Float64Array;
}

/** Passes over the ratings; each halves what is left to be explained several times over. */
const passes = 10;

/**
 * Fits rating ≈ mean + ofRow + ofColumn by alternating ridge regressions of the columns and the rows, which
 * hold back the offsets of those with few ratings. (Y. Koren, "Factor in the neighbors", ACM TKDD 4, 2010;
 * the counts added, 10 for an item and 15 for a user, are those of the package Surprise.)
 */
export function ratingBaselines(
  ratings: Csr,
  { rowDamping, columnDamping }: { rowDamping: number; columnDamping: number },
): RatingBaselines {
  const { rows, columns, indptr, indices, values } = ratings;
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const [ofRow, ofColumn] = [new Float64Array(rows), new Float64Array(columns)];
  const counts = new Float64Array(columns);
  for (const column of indices) counts[column]++;
  for (let pass = 0; pass < passes; pass++) {
    ofColumn.fill(0);
    for (let row = 0; row < rows; row++) {
      for (let p = indptr[row]; p < indptr[row + 1]; p++)
        ofColumn[indices[p]] += values[p] - mean - ofRow[row];
    }
    for (let column = 0; column < columns; column++) ofColumn[column] /= columnDamping + counts[column] || 1;
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let p = indptr[row]; p < indptr[row + 1]; p++) sum += values[p] - mean - ofColumn[indices[p]];
      ofRow[row] = sum / (rowDamping + indptr[row + 1] - indptr[row] || 1);
    }
  }
  return { mean, ofRow, ofColumn };
}
