import { UsageError } from '../errors.js';
import type { Csr } from '../ops/index.js';
import { emptyRecommendations, type Recommendations } from './recommendations.js';
import {
  atLeastOne,
  checkCatalogue,
  notFitted,
  type Recommender,
  type RecommendOptions,
} from './recommender.js';
import { type LoadOptions, loadParts, type SaveOptions, saveParts } from './saved-parts.js';
import { fillWithPopular } from './winners.js';

export interface TrendingOptions {
  /** Days after which a sale counts half. 7: found on a part of the sales of an online shop that was not tested on. */
  halfLife?: number;
}

/** Who bought what, when: one entry of each array a sale, in any order. */
export interface Sales {
  /** Number of items; `item` holds numbers below it. */
  items: number;
  customer: Int32Array;
  item: Int32Array;
  /** In seconds. */
  time?: Float64Array;
}

/** When each customer last bought an item: one entry of each array a pair of the two, in batches. */
export interface LastSales {
  /** Number of items; `item` holds numbers below it. */
  items: number;
  /** Time of the last of all sales, in seconds. */
  now: number;
  batches: AsyncIterable<{ item: Int32Array; time: Float64Array }>;
}

const secondsPerDay = 86_400;

/**
 * What sells lately: items by the number of customers who bought them, each counted by how long ago they last did, half
 * after every half-life, to the last of all sales. Seasons and novelties come first, where popularity knows only what
 * has always sold.
 *
 * @example
 * const model = await new Trending({ halfLife: 14 }).fit(sales);
 * const { items } = await model.recommend(purchases, { count: 10 });
 */
export class Trending implements Recommender {
  /** What its files are called. */
  static readonly kind = 'trending';
  readonly options: Required<TrendingOptions>;
  #fitted?: { weights: Float64Array; ranking: Int32Array; most: number };

  /** @throws UsageError for a half-life that is not above 0. */
  constructor({ halfLife = 7 }: TrendingOptions = {}) {
    if (!(halfLife > 0)) throw new UsageError({ expected: 'a half-life above 0', found: String(halfLife) });
    this.options = { halfLife };
  }

  /** `[items]`, customers who bought each, counted by how long ago. */
  get weights(): Float64Array {
    return (this.#fitted ?? notFitted()).weights;
  }

  /** @throws UsageError where the sales have no times. */
  async fit({ items, customer, item, time }: Sales): Promise<this> {
    if (!time) {
      throw new UsageError({
        expected: 'times of transactions for the recommender trending',
        found: 'none',
        hint: 'Name their column: `columns: { time: … }`.',
      });
    }
    const now = time.reduce((last, moment) => Math.max(last, moment), Number.NEGATIVE_INFINITY);
    // Counted, not sorted: the sales of each item side by side, then for each of its customers the last of them.
    const starts = new Int32Array(items + 1);
    for (const one of item) starts[one + 1]++;
    for (let one = 0; one < items; one++) starts[one + 1] += starts[one];
    const next = starts.slice();
    const byItem = new Int32Array(item.length);
    item.forEach((one, sale) => {
      byItem[next[one]++] = sale;
    });
    const customers = customer.reduce((most, one) => Math.max(most, one), -1) + 1;
    const last = new Float64Array(customers).fill(Number.NEGATIVE_INFINITY);
    const weights = new Float64Array(items);
    for (let one = 0; one < items; one++) {
      const sold = byItem.subarray(starts[one], starts[one + 1]);
      for (const sale of sold) last[customer[sale]] = Math.max(last[customer[sale]], time[sale]);
      for (const sale of sold) {
        const moment = last[customer[sale]];
        if (moment === Number.NEGATIVE_INFINITY) continue;
        weights[one] += this.#worth(now - moment);
        last[customer[sale]] = Number.NEGATIVE_INFINITY;
      }
    }
    return this.#keep(weights);
  }

  /** As {@link fit}, of sales that the caller has reduced to the last ones: memory does not grow with their number. */
  async fitLast({ items, now, batches }: LastSales): Promise<this> {
    const weights = new Float64Array(items);
    for await (const { item, time } of batches) {
      item.forEach((one, sale) => {
        weights[one] += this.#worth(now - time[sale]);
      });
    }
    return this.#keep(weights);
  }

  /** What a sale of so many seconds ago counts. */
  #worth(seconds: number): number {
    return 0.5 ** (seconds / (this.options.halfLife * secondsPerDay));
  }

  #keep(weights: Float64Array): this {
    const ranking = Int32Array.from(weights.keys())
      .filter(item => weights[item] > 0)
      .sort((a, b) => weights[b] - weights[a] || a - b);
    this.#fitted = { weights, ranking, most: weights[ranking[0]] };
    return this;
  }

  /** The items that sell best lately and that the customer has not got; scores are shares of the best one's sales. */
  async recommend(
    rows: Csr,
    { count = 10, excludeOwned = true, candidates }: RecommendOptions = {},
  ): Promise<Recommendations> {
    const { weights, ranking, most } = this.#fitted ?? notFitted();
    checkCatalogue(rows, weights.length);
    const found = emptyRecommendations(rows.rows, atLeastOne('count', count));
    const ranked = { ranking, share: (item: number) => weights[item] / most };
    fillWithPopular(found, rows, ranked, { excludeOwned, candidates, reason: 'trending' });
    return found;
  }

  /** Writes `trending.json` and, beside it, the numbers in `trending.bin`. */
  async save(folder: string, options?: SaveOptions): Promise<void> {
    const { weights } = this.#fitted ?? notFitted();
    await saveParts(folder, Trending.kind, { options: this.options, weights }, options);
  }

  /** @throws DataError if the folder holds no such model of this version of the format. */
  static async load(folder: string, options?: LoadOptions): Promise<Trending> {
    type Parts = { options: TrendingOptions; weights: Float64Array };
    const parts = await loadParts<Parts>(folder, Trending.kind, options);
    return new Trending(parts.options).#keep(parts.weights);
  }
}
