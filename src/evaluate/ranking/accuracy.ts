import type { Csr } from '../../ops/index.js';
import { checkLists, listOf, type RankedLists } from './lists.js';

/** Names of the metrics of one customer's list. */
export const accuracyMetrics = [
  'precision',
  'recall',
  'f1',
  'averagePrecision',
  'ndcg',
  'reciprocalRank',
  'hitRate',
  'auc',
] as const;

export type AccuracyMetric = (typeof accuracyMetrics)[number];

/** The metrics of each customer who has something held out. */
export interface Accuracy extends Record<AccuracyMetric, Float64Array> {
  /** Numbers of these customers. */
  customers: Int32Array;
}

/**
 * How well the first `k` places of each list foresee what was held out. Customers with nothing held out are
 * left out. With H the held-out items of a customer, whatever their values, h(r) the number of them among the
 * first r places and hit(r) 1 where place r holds one of them, else 0:
 *
 * - `precision`: h(k) / k, also where a list is shorter than k.
 * - `recall`: h(k) / |H|.
 * - `f1`: their harmonic mean, 0 where both are 0.
 * - `averagePrecision`: Σ hit(r) h(r) / r over r ≤ k, divided by min(k, |H|); its mean is MAP@k.
 * - `ndcg`: Σ hit(r) / log₂(1 + r) over r ≤ k, divided by the same sum of a list that begins with min(k, |H|)
 *   hits (K. Järvelin and J. Kekäläinen, ACM TOIS 20, 2002, with gains of 0 and 1).
 * - `reciprocalRank`: 1 / r of the first hit, 0 without one; its mean is MRR@k.
 * - `hitRate`: 1 with a hit, else 0.
 * - `auc`: the share of pairs of a held-out item and another item of the catalogue of which the held-out one
 *   is ranked first; items that are not in the list are taken to be ranked behind it in an order by chance,
 *   as the package implicit does in its AUC@k.
 *
 * @throws UsageError unless the lists are of the customers of `heldOut` and have `k` places.
 */
export function accuracy(lists: RankedLists, heldOut: Csr, k: number): Accuracy {
  checkLists(lists, heldOut, k);
  const asked = Int32Array.from({ length: heldOut.rows }, (_, c) => c).filter(
    c => heldOut.indptr[c + 1] > heldOut.indptr[c],
  );
  const values = accuracyMetrics.map(name => [name, new Float64Array(asked.length)] as const);
  const result = { customers: asked, ...Object.fromEntries(values) } as Accuracy;
  const wantedBy = new Int32Array(heldOut.columns).fill(-1);
  asked.forEach((customer, i) => {
    const [from, to] = [heldOut.indptr[customer], heldOut.indptr[customer + 1]];
    for (let p = from; p < to; p++) wantedBy[heldOut.indices[p]] = customer;
    const hits = Array.from(listOf(lists, customer, k), item => wantedBy[item] === customer);
    const found = ofOneList(hits, to - from, heldOut.columns, k);
    for (const name of accuracyMetrics) result[name][i] = found[name];
  });
  return result;
}

/** The metrics of a list by its places' hits. */
function ofOneList(
  hits: boolean[],
  wanted: number,
  catalogue: number,
  k: number,
): Record<AccuracyMetric, number> {
  let [found, precisions, gain, wonPairs, first] = [0, 0, 0, 0, 0];
  hits.forEach((hit, place) => {
    if (!hit) {
      wonPairs += found;
      return;
    }
    found++;
    first ||= place + 1;
    precisions += found / (place + 1);
    gain += 1 / Math.log2(2 + place);
  });
  const most = Math.min(k, wanted);
  let ideal = 0;
  for (let place = 0; place < most; place++) ideal += 1 / Math.log2(2 + place);
  const others = catalogue - wanted;
  wonPairs += ((found + wanted) / 2) * (others - (hits.length - found));
  return {
    precision: found / k,
    recall: found / wanted,
    f1: (2 * found) / (k + wanted),
    averagePrecision: precisions / most,
    ndcg: gain / ideal,
    reciprocalRank: first > 0 ? 1 / first : 0,
    hitRate: found > 0 ? 1 : 0,
    auc: others > 0 ? wonPairs / (wanted * others) : 1,
  };
}
