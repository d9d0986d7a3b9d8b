import type { Csr } from '../../ops/index.js';
import { checkPlaces, listOf, type RankedLists } from './lists.js';

/** What the lists do to the catalogue as a whole. */
export interface BeyondAccuracy {
  /** Share of the catalogue that is in at least one list. */
  coverage: number;
  /** Mean of -log₂ of the share of customers who had the recommended item in training, in bits. */
  novelty: number;
  /** Mean over the lists of 1 - the mean similarity of their pairs; NaN without similarities. */
  diversity: number;
  /** Mean share of customers who had the recommended item in training. */
  averagePopularity: number;
  /** `averagePopularity` of the lists over that of what customers had in training: 1 is unbiased. */
  popularityBias: number;
  /** Gini coefficient of how often each item is recommended: 0 all alike, near 1 always the same few. */
  gini: number;
}

export interface BeyondAccuracyOptions {
  /** Places of each list that count. Default: all. */
  k?: number;
  /** How alike two items are, 1 the same, for `diversity`. */
  similarity?: (a: number, b: number) => number;
}

/**
 * Coverage, novelty, diversity and popularity bias of lists. An item that nobody had in training counts in the
 * novelty as if half a customer had. (Novelty: T. Zhou et al., PNAS 107, 2010, "surprisal"; diversity within a
 * list: B. Smyth and P. McClave, ICCBR 2001; bias: H. Abdollahpouri et al., RMSE workshop 2019, relative to the
 * profiles; Gini: D. Fleder and K. Hosanagar, Management Science 55, 2009.)
 *
 * @param lists of all customers or of some.
 * @param train `[customers, items]`, of all customers.
 */
export function beyondAccuracy(
  lists: RankedLists,
  train: Csr,
  { k = lists.count, similarity }: BeyondAccuracyOptions = {},
): BeyondAccuracy {
  checkPlaces(lists.count, k);
  const customersOf = new Float64Array(train.columns);
  for (const item of train.indices) customersOf[item]++;
  const timesShown = new Float64Array(train.columns);
  let [places, surprise, popularity, distance, lengthy] = [0, 0, 0, 0, 0];
  for (let customer = 0; customer < lists.customers; customer++) {
    const list = listOf(lists, customer, k);
    for (const item of list) {
      timesShown[item]++;
      places++;
      surprise -= Math.log2(Math.max(0.5, customersOf[item]) / train.rows);
      popularity += customersOf[item] / train.rows;
    }
    if (!similarity || list.length < 2) continue;
    distance += 1 - meanOfPairs(list, similarity);
    lengthy++;
  }
  const usual = customersOf.reduce((sum, n) => sum + n * n, 0) / (train.indices.length * train.rows);
  const averagePopularity = popularity / places;
  return {
    coverage: timesShown.filter(times => times > 0).length / train.columns,
    novelty: surprise / places,
    diversity: distance / lengthy,
    averagePopularity,
    popularityBias: averagePopularity / usual,
    gini: giniOf(timesShown),
  };
}

function meanOfPairs(list: Int32Array, similarity: (a: number, b: number) => number): number {
  let sum = 0;
  for (let i = 0; i < list.length; i++) {
    for (let j = i + 1; j < list.length; j++) sum += similarity(list[i], list[j]);
  }
  return (2 * sum) / (list.length * (list.length - 1));
}

function giniOf(amounts: Float64Array): number {
  const sorted = amounts.slice().sort();
  const n = sorted.length;
  const total = sorted.reduce((sum, x) => sum + x, 0);
  return sorted.reduce((sum, x, i) => sum + (2 * (i + 1) - n - 1) * x, 0) / (n * total);
}
