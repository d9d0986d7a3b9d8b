import type { Csr } from '../ops/index.js';
import { emptyRecommendations, type Recommendations } from './recommendations.js';
import { atLeastOne, checkCatalogue, type Recommender, type RecommendOptions } from './recommender.js';
import { fillWithPopular } from './winners.js';

/** How many customers have each item; recommends what most have. */
export class Popularity implements Recommender {
  /** Items, those that most customers have first; of equally popular ones the lowest number. */
  readonly ranking: Int32Array;

  /**
   * @param customersOf `[items]`, the customers who have the item.
   * @param customers all customers.
   */
  constructor(
    readonly customersOf: Int32Array,
    readonly customers: number,
  ) {
    this.ranking = Int32Array.from(customersOf.keys()).sort(
      (a, b) => customersOf[b] - customersOf[a] || a - b,
    );
  }

  static of({ rows, columns, indices }: Csr): Popularity {
    const customersOf = new Int32Array(columns);
    for (const item of indices) customersOf[item]++;
    return new Popularity(customersOf, rows);
  }

  /** The share of all customers who have the item. */
  share(item: number): number {
    return this.customers > 0 ? this.customersOf[item] / this.customers : 0;
  }

  /** The most popular items that each customer has not got. */
  async recommend(
    rows: Csr,
    { count = 10, excludeOwned = true, candidates }: RecommendOptions = {},
  ): Promise<Recommendations> {
    checkCatalogue(rows, this.ranking.length);
    const found = emptyRecommendations(rows.rows, atLeastOne('count', count));
    fillWithPopular(found, rows, this, { excludeOwned, candidates });
    return found;
  }
}
