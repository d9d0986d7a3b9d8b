import type { Csr } from '../ops/index.js';

/**
 * Sums over the columns that one row shares with each of many others, from which all similarities of the two
 * can be had: a row of Gustavson's sparse product that adds up six products in place of one. Sums are float64.
 */
export class PairSums {
  /** Columns that both have, by the number of the other row. */
  readonly count: Float64Array;
  /** Over these columns, Σ x y with x this row's and y the other's values… */
  readonly xy: Float64Array;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly xx: Float64Array;
  readonly yy: Float64Array;
  readonly #reached: Int32Array;

  /** @param columns the other rows, transposed: `[columns, rows]`. */
  constructor(readonly columns: Csr) {
    const sums = () => new Float64Array(columns.columns);
    [this.count, this.xy, this.x, this.y, this.xx, this.yy] = [
      sums(),
      sums(),
      sums(),
      sums(),
      sums(),
      sums(),
    ];
    this.#reached = new Int32Array(columns.columns);
  }

  /** Adds up the pairs of a row; gives the rows that share a column with it, until the next call. */
  gather({ indptr, indices, values }: Csr, row: number): Int32Array {
    const { columns, count, xy, x, y, xx, yy } = this;
    const reached = this.#reached;
    let length = 0;
    for (let p = indptr[row]; p < indptr[row + 1]; p++) {
      const own = values[p];
      for (let q = columns.indptr[indices[p]]; q < columns.indptr[indices[p] + 1]; q++) {
        const other = columns.indices[q];
        const theirs = columns.values[q];
        xy[other] += own * theirs;
        x[other] += own;
        y[other] += theirs;
        xx[other] += own * own;
        yy[other] += theirs * theirs;
        if (count[other]++ === 0) reached[length++] = other;
      }
    }
    return reached.subarray(0, length);
  }

  /** Makes ready for the next row. */
  clear(reached: Int32Array): void {
    for (const sums of [this.count, this.xy, this.x, this.y, this.xx, this.yy]) {
      for (const other of reached) sums[other] = 0;
    }
  }
}
