import type { Csr } from '../ops/index.js';
import { emptyRecommendations, type Recommendations } from './recommendations.js';
import { atLeastOne, checkCatalogue, type Recommender, type RecommendOptions } from './recommender.js';
import { type LoadOptions, loadParts, type SaveOptions, saveParts } from './saved-parts.js';
import { fillWithPopular } from './winners.js';

/** What is saved of it. */
export interface PopularityParts {
  customersOf: Int32Array;
  customers: number;
}

/** How many customers have each item; recommends what most have. */
export class Popularity implements Recommender {
  /** What its files are called. */
  static readonly kind = 'popularity';
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

  /** As {@link Popularity.of}, of customers who come in batches; `columns` is the number of items. */
  static async ofBatches(batches: AsyncIterable<{ matrix: Csr }>, columns: number): Promise<Popularity> {
    const customersOf = new Int32Array(columns);
    let customers = 0;
    for await (const { matrix } of batches) {
      for (const item of matrix.indices) customersOf[item]++;
      customers += matrix.rows;
    }
    return new Popularity(customersOf, customers);
  }

  /**
   * The same counts for a catalogue in which items have other numbers; nobody has those that are new.
   *
   * @param numbers of the items by their numbers before, -1 for those that are gone.
   */
  renumbered(numbers: Int32Array, items: number): Popularity {
    const placed = new Int32Array(items);
    numbers.forEach((number, before) => {
      if (number >= 0) placed[number] = this.customersOf[before];
    });
    return new Popularity(placed, this.customers);
  }

  get parts(): PopularityParts {
    const { customersOf, customers } = this;
    return { customersOf, customers };
  }

  /** What was saved as {@link parts}. */
  static from({ customersOf, customers }: PopularityParts): Popularity {
    return new Popularity(customersOf, customers);
  }

  /** Writes `popularity.json` and, beside it, the numbers in `popularity.bin`. */
  async save(folder: string, options?: SaveOptions): Promise<void> {
    await saveParts(folder, Popularity.kind, this.parts, options);
  }

  /** @throws DataError if the folder holds no such model of this version of the format. */
  static async load(folder: string, options?: LoadOptions): Promise<Popularity> {
    return Popularity.from(await loadParts<PopularityParts>(folder, Popularity.kind, options));
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
