import type { Csr } from '../ops/index.js';

/** Products in one batch: a fraction of a second's work, after which progress is told and Ctrl-C is heard. */
const productsAtATime = 1 << 26;

/** Rows at a time, whatever their work: bounds the memory of the result. */
const rowsAtATime = 1 << 16;

/**
 * Cuts the rows of `a` into batches of like work, where the work is that of the sparse product `a · b`.
 * Yields `[from, to]`, `to` exclusive.
 */
export function* workBatches(a: Csr, b: Csr): Generator<[from: number, to: number]> {
  let from = 0;
  let products = 0;
  for (let row = 0; row < a.rows; row++) {
    for (let p = a.indptr[row]; p < a.indptr[row + 1]; p++) {
      products += b.indptr[a.indices[p] + 1] - b.indptr[a.indices[p]];
    }
    if (products < productsAtATime && row + 1 - from < rowsAtATime) continue;
    yield [from, row + 1];
    [from, products] = [row + 1, 0];
  }
  if (from < a.rows) yield [from, a.rows];
}
