import { UsageError } from '../errors.js';
import { type Csr, csrTensors, disposeCsr, rowSlice, transpose } from '../ops/index.js';
import { CandidateRows } from './candidate-rows.js';
import { mostSimilar, topProducts } from './most-similar.js';
import { Popularity } from './popularity.js';
import { emptyRecommendations, placesOf, type Recommendations } from './recommendations.js';
import {
  atLeastOne,
  checkCatalogue,
  notFitted,
  type Recommender,
  type RecommendOptions,
  type RunOptions,
} from './recommender.js';
import { type LoadOptions, loadParts, type SaveOptions, saveParts } from './saved-parts.js';
import { checkSimilarity, type SimilarityOptions } from './similarity.js';
import { keepColumns } from './sparse-rows.js';
import { type WeighRows, type Weighting, weightingOf } from './weightings.js';
import { enterCandidates, fillWithPopular } from './winners.js';

export interface UserNeighboursOptions extends SimilarityOptions {
  /** The most similar customers whose items are recommended. 100 */
  neighbours?: number;
  /** What is done to the matrix before customers are compared. none */
  weighting?: Weighting;
}

export interface SimilarCustomersOptions extends RunOptions {
  /** `[rows]`, the numbers of these customers in the fit, so that none is their own neighbour; -1 for new ones. */
  customers?: Int32Array;
}

interface FittedUsers {
  interactions: Csr;
  /** `[items, customers]`, weighted. */
  compared: Csr;
  weigh: WeighRows;
  popularity: Popularity;
}

/**
 * User-based collaborative filtering: a customer is recommended what the most similar customers have, each item
 * with the sum of their similarities times the weights it has with them. (J. Breese, D. Heckerman and C. Kadie,
 * "Empirical analysis of predictive algorithms for collaborative filtering", UAI 1998.) For predicted ratings
 * see `RatingNeighbours`.
 *
 * @example
 * const model = await new UserNeighbours({ neighbours: 50 }).fit(purchases);
 * const { items } = await model.recommend(purchases, { customers: Int32Array.from({ length: 100 }, (_, c) => c) });
 */
export class UserNeighbours implements Recommender {
  /** What its files are called. */
  static readonly kind = 'user-neighbours';
  readonly options: Required<UserNeighboursOptions>;
  #fitted?: FittedUsers;

  /** @throws UsageError for less than one neighbour or an unknown similarity. */
  constructor({ neighbours = 100, weighting = 'none', ...similarity }: UserNeighboursOptions = {}) {
    this.options = {
      neighbours: atLeastOne('neighbours', neighbours),
      weighting,
      ...checkSimilarity(similarity),
    };
  }

  /** Keeps the customers to compare with; `interactions` is `[customers, items]`. */
  async fit(interactions: Csr): Promise<this> {
    const weigh = weightingOf(this.options.weighting, interactions);
    this.#fitted = {
      interactions,
      compared: transpose(weigh(interactions)),
      weigh,
      popularity: Popularity.of(interactions),
    };
    return this;
  }

  /** Writes `user-neighbours.json` and, beside it, the purchases of the fit in `user-neighbours.bin`. */
  async save(folder: string, options?: SaveOptions): Promise<void> {
    const { interactions } = this.#fitted ?? notFitted();
    await saveParts(folder, UserNeighbours.kind, { options: this.options, interactions }, options);
  }

  /** @throws DataError if the folder holds no such model of this version of the format. */
  static async load(folder: string, options?: LoadOptions): Promise<UserNeighbours> {
    type Parts = { options: UserNeighboursOptions; interactions: Csr };
    const parts = await loadParts<Parts>(folder, UserNeighbours.kind, options);
    return new UserNeighbours(parts.options).fit(parts.interactions);
  }

  /**
   * The customers of the fit who are most like each of `rows [customers, items]`: a matrix
   * `[rows, customers of the fit]` of their similarities.
   */
  async similarCustomers(
    rows: Csr,
    { customers, onProgress, signal }: SimilarCustomersOptions = {},
  ): Promise<Csr> {
    const { interactions, compared, weigh } = this.#fitted ?? notFitted();
    checkCatalogue(rows, interactions.columns);
    if (customers && customers.length !== rows.rows) {
      throw new UsageError({
        expected: `the numbers of ${rows.rows} customers`,
        found: `${customers.length}`,
      });
    }
    const { neighbours, weighting: _, ...measure } = this.options;
    const topK = Math.min(neighbours, interactions.rows);
    const found = new CandidateRows(rows.rows, interactions.rows, topK);
    const exclude =
      customers &&
      ((from: number, to: number) => themselves(customers.subarray(from, to), interactions.rows));
    const search = { ...measure, topK, exclude, signal };
    for await (const batch of mostSimilar(weigh(rows), compared, search)) {
      found.append(batch.found);
      onProgress?.(batch.to, rows.rows);
    }
    return found.finish();
  }

  /** The best items for each customer; `rows` is `[customers, items]`, of customers that the fit need not know. */
  async recommend(
    rows: Csr,
    {
      count = 10,
      excludeOwned = true,
      fill = true,
      customers,
      candidates,
      onProgress,
      signal,
    }: RecommendOptions = {},
  ): Promise<Recommendations> {
    const { interactions, popularity } = this.#fitted ?? notFitted();
    const all = emptyRecommendations(rows.rows, atLeastOne('count', count));
    const topK = Math.min(count, interactions.columns);
    const uploaded = csrTensors(keepColumns(interactions, candidates));
    try {
      for (let from = 0; from < rows.rows; from += rowsAtATime) {
        const to = Math.min(from + rowsAtATime, rows.rows);
        const some = rowSlice(rows, from, to);
        const similar = await this.similarCustomers(some, {
          customers: customers?.subarray(from, to),
          signal,
        });
        const owned = excludeOwned ? some : undefined;
        const found = await topProducts(similar, uploaded, topK, 'dot', owned);
        enterCandidates(placesOf(all, from, to), found, topK, 'customers');
        onProgress?.(to, rows.rows);
      }
    } finally {
      disposeCsr(uploaded);
    }
    if (fill) fillWithPopular(all, rows, popularity, { excludeOwned, candidates });
    return all;
  }
}

/** Customers whose neighbours are held at a time. */
const rowsAtATime = 1 << 14;

/** The pattern that keeps each row from itself. */
function themselves(customers: Int32Array, columns: number): Csr {
  const indptr = new Int32Array(customers.length + 1);
  customers.forEach((customer, row) => {
    indptr[row + 1] = indptr[row] + (customer >= 0 ? 1 : 0);
  });
  const indices = customers.filter(customer => customer >= 0);
  return { rows: customers.length, columns, indptr, indices, values: new Float32Array(indices.length) };
}
