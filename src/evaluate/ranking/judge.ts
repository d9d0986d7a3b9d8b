import type { Csr } from '../../ops/index.js';
import { type AccuracyMetric, accuracy, accuracyMetrics } from './accuracy.js';
import { type BeyondAccuracy, beyondAccuracy } from './beyond-accuracy.js';
import { type BootstrapOptions, bootstraps, differences, type Interval } from './bootstrap.js';
import type { RankedLists } from './lists.js';

export interface JudgeOptions extends BootstrapOptions {
  /** Places of each list that count. 10 */
  k?: number;
  /** How alike two items are, 1 the same, for the diversity of lists. */
  similarity?: (a: number, b: number) => number;
  /** NDCG@k of each customer by another recommender, which this one is compared with. */
  against?: Float64Array;
}

/** All metrics of one recommender's lists. */
export interface Judgement extends BeyondAccuracy {
  /** Means over the customers with something held out, with their intervals. */
  accuracy: Record<AccuracyMetric, Interval>;
  /** NDCG@k of each of these customers. */
  ndcg: Float64Array;
  /** The gain in NDCG@k over the other recommender: apart from 0, the two differ. */
  gain?: Interval;
}

/**
 * Judges lists by what was held out and by what they do to the catalogue; see {@link accuracy} and
 * {@link beyondAccuracy} for the definitions.
 *
 * @param train `[customers, items]`, what these customers had in training; `popularity` of items is that of `all`.
 */
export async function judge(
  lists: RankedLists,
  { train, heldOut, all = train }: { train: Csr; heldOut: Csr; all?: Csr },
  { k = 10, similarity, against, ...options }: JudgeOptions = {},
): Promise<Judgement> {
  const { customers: _, ...metrics } = accuracy(lists, heldOut, k);
  const gains = against ? [differences(metrics.ndcg, against)] : [];
  const intervals = await bootstraps([...accuracyMetrics.map(name => metrics[name]), ...gains], options);
  return {
    accuracy: Object.fromEntries(accuracyMetrics.map((name, i) => [name, intervals[i]])) as Record<
      AccuracyMetric,
      Interval
    >,
    ...beyondAccuracy(lists, all, { k, similarity }),
    ndcg: metrics.ndcg,
    gain: against && intervals.at(-1),
  };
}
