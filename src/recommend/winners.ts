import * as tf from '@tensorflow/tfjs-core';
import { type Csr, type CsrTensors, csrTensors, disposeCsr } from '../ops/index.js';
import { type ReasonKind, type Recommendations, reasonNumber } from './recommendations.js';

/** The best candidates of each row: `[rows, topK]`, best first, -1 where there are no more. */
export interface Candidates {
  indices: Int32Array;
  scores: Float32Array;
}

/** Enters candidates with a score above 0 for a reason, in their order; `topK` is at most `count`. */
export function enterCandidates(
  into: Recommendations,
  { indices, scores }: Candidates,
  topK: number,
  reason: ReasonKind,
): void {
  const { customers, count } = into;
  for (let customer = 0; customer < customers; customer++) {
    for (let rank = 0; rank < topK; rank++) {
      const [from, to] = [customer * topK + rank, customer * count + rank];
      if (indices[from] < 0 || !(scores[from] > 0)) break;
      into.items[to] = indices[from];
      into.scores[to] = scores[from];
      into.reasons[to] = reasonNumber[reason];
    }
  }
}

/**
 * Enters the customer's item that speaks most for each recommendation.
 *
 * @param rows items of the customers, `[customers, items]`.
 * @param strongest finds that item, int32 `[customers, count]`, -1 for none.
 */
export async function explain(
  { customers, count, items, because }: Recommendations,
  rows: Csr,
  strongest: (owned: CsrTensors, recommended: tf.Tensor2D) => tf.Tensor2D,
): Promise<void> {
  const owned = csrTensors(rows);
  const recommended = tf.tensor2d(items, [customers, count], 'int32');
  const found = strongest(owned, recommended);
  because.set(await found.data<'int32'>());
  disposeCsr(owned);
  tf.dispose([recommended, found]);
}

/**
 * As {@link explain}, for recommenders that have no list of similarities: the customer's item whose weight
 * times its similarity to the recommended item is greatest; none where no such product is above 0.
 */
export function explainByPairs(
  into: Recommendations,
  rows: Csr,
  similarity: (own: number, other: number) => number,
): void {
  const { count, items, because } = into;
  for (let place = 0; place < items.length && count > 0; place++) {
    if (items[place] < 0) continue;
    const customer = Math.floor(place / count);
    let most = 0;
    for (let p = rows.indptr[customer]; p < rows.indptr[customer + 1]; p++) {
      const contribution = rows.values[p] * similarity(rows.indices[p], items[place]);
      if (contribution <= most) continue;
      most = contribution;
      because[place] = rows.indices[p];
    }
  }
}

/** Items in one order for everybody. */
export interface Ranked {
  /** Numbers of the items, the first to recommend first. */
  ranking: Int32Array;
  /** The score of an item. */
  share(item: number): number;
}

/**
 * Fills the places that are left with the most popular items that the customer has not got yet, neither
 * recommended nor, where `excludeOwned`, bought, and that may be recommended.
 */
export function fillWithPopular(
  into: Recommendations,
  rows: Csr,
  popularity: Ranked,
  {
    excludeOwned,
    candidates,
    reason = 'popular',
  }: { excludeOwned: boolean; candidates?: Uint8Array; reason?: ReasonKind },
): void {
  const { customers, count, items, scores, reasons } = into;
  const { ranking } = popularity;
  /** The last customer for whom the item is taken. */
  const takenBy = new Int32Array(rows.columns).fill(-1);
  for (let customer = 0; customer < customers; customer++) {
    const end = (customer + 1) * count;
    let place = customer * count;
    for (; place < end && items[place] >= 0; place++) takenBy[items[place]] = customer;
    if (place === end) continue;
    if (excludeOwned) {
      for (let p = rows.indptr[customer]; p < rows.indptr[customer + 1]; p++)
        takenBy[rows.indices[p]] = customer;
    }
    for (let r = 0; r < ranking.length && place < end; r++) {
      const item = ranking[r];
      if (takenBy[item] === customer || candidates?.[item] === 0) continue;
      items[place] = item;
      scores[place] = popularity.share(item);
      reasons[place++] = reasonNumber[reason];
    }
  }
}
