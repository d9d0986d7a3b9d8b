import type { Csr } from '../ops/index.js';

/** Products in one batch: a fraction of a second's work, after which progress is told and Ctrl-C is heard. */
const productsAtATime = 1 << 26;

/** Rows at a time, whatever their work: bounds the memory of the result. */
const rowsAtATime = 1 << 16;

/** Milliseconds below which the next batch is twice as large. */
const shortBatch = 100;

/**
 * Cuts the rows of `a` into batches of like work, where the work is that of the sparse product `a · b`.
 * Yields `[from, to]`, `to` exclusive. Batches that are `paced` grow while they are done quickly: a device that
 * is fast, or finds results from few of the products, looks at all of `b` less often.
 */
export function* workBatches(a: Csr, b: Csr, { paced = false } = {}): Generator<[from: number, to: number]> {
  let from = 0;
  let products = 0;
  let wanted = productsAtATime;
  for (let row = 0; row < a.rows; row++) {
    for (let p = a.indptr[row]; p < a.indptr[row + 1]; p++) {
      products += b.indptr[a.indices[p] + 1] - b.indptr[a.indices[p]];
    }
    if (products < wanted && row + 1 - from < rowsAtATime) continue;
    const start = performance.now();
    yield [from, row + 1];
    if (paced && performance.now() - start < shortBatch) wanted *= 2;
    [from, products] = [row + 1, 0];
  }
  if (from < a.rows) yield [from, a.rows];
}
