import {
  type Csr,
  type CsrTensors,
  csrTensors,
  disposeCsr,
  rowSlice,
  sparseCosineTopK,
} from '../ops/index.js';
import { TopK } from '../ops/top-k.js';
import { takeTurns } from '../turns.js';
import { productOf, RowComparison, type SimilarityOptions } from './similarity.js';
import type { Candidates } from './winners.js';
import { workBatches } from './work-batches.js';

/** The candidates of the rows `from` to `to`. */
export interface SimilarBatch {
  from: number;
  to: number;
  found: Candidates;
}

export interface MostSimilarOptions extends Required<SimilarityOptions> {
  topK: number;
  /** What the rows `from` to `to` must not get. */
  exclude?: (from: number, to: number) => Csr | undefined;
  signal?: AbortSignal;
}

/**
 * The rows of `b` that are most similar to each row of `a`, in batches. Cosine and dot are the business of the
 * device; the others need more than one sum of each pair and are added up on the host.
 *
 * @param bTransposed `b` transposed, `[columns, rows]`.
 */
export async function* mostSimilar(
  a: Csr,
  bTransposed: Csr,
  { topK, exclude, signal, ...options }: MostSimilarOptions,
): AsyncGenerator<SimilarBatch> {
  const turn = takeTurns(signal);
  const metric = productOf(options);
  if (metric) {
    const uploaded = csrTensors(bTransposed);
    try {
      for (const [from, to] of workBatches(a, bTransposed, { paced: true })) {
        await turn();
        const rows = rowSlice(a, from, to);
        const found = await topProducts(rows, uploaded, topK, metric, exclude?.(from, to));
        yield { from, to, found };
      }
    } finally {
      disposeCsr(uploaded);
    }
    return;
  }
  const comparison = new RowComparison(bTransposed, options);
  const best = new TopK(topK);
  const excludedFor = new Int32Array(bTransposed.columns).fill(-1);
  for (const [from, to] of workBatches(a, bTransposed)) {
    const found = {
      indices: new Int32Array((to - from) * topK),
      scores: new Float32Array((to - from) * topK),
    };
    const excluded = exclude?.(from, to);
    for (let row = from; row < to; row++) {
      await turn();
      if (excluded) {
        const [first, last] = [excluded.indptr[row - from], excluded.indptr[row - from + 1]];
        for (const other of excluded.indices.subarray(first, last)) excludedFor[other] = row;
      }
      comparison.compare(a, row, (other, similarity) => {
        if (excludedFor[other] !== row) best.offer(other, similarity);
      });
      best.flush(found.indices, found.scores, (row - from) * topK);
    }
    yield { from, to, found };
  }
}

/** The best rows of b for each row of a, read from the device. */
export async function topProducts(
  a: Csr,
  bTransposed: CsrTensors,
  topK: number,
  metric: 'cosine' | 'dot',
  excluded: Csr | undefined,
): Promise<Candidates> {
  const rows = csrTensors(a);
  const exclude = excluded && csrTensors(excluded);
  try {
    const { indices, scores } = sparseCosineTopK(rows, bTransposed, { topK, metric, exclude });
    const found = { indices: await indices.data<'int32'>(), scores: await scores.data<'float32'>() };
    indices.dispose();
    scores.dispose();
    return found;
  } finally {
    disposeCsr(rows);
    if (exclude) disposeCsr(exclude);
  }
}
