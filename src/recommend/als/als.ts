import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../../errors.js';
import { type Csr, rowSlice, strongestOwned, transpose } from '../../ops/index.js';
import { Random } from '../../random.js';
import { takeTurns } from '../../turns.js';
import type { Neighbour } from '../item-neighbours.js';
import { Popularity, type PopularityParts } from '../popularity.js';
import { emptyRecommendations, placesOf, type Recommendations } from '../recommendations.js';
import {
  atLeastOne,
  checkCatalogue,
  notFitted,
  type Recommender,
  type RecommendOptions,
  type RunOptions,
} from '../recommender.js';
import { type LoadOptions, loadParts, type SaveOptions, saveParts } from '../saved-parts.js';
import { withValues } from '../weightings.js';
import { enterCandidates, explain, fillWithPopular } from '../winners.js';
import { Catalogue, columnsOf, topOf } from './catalogue.js';
import { type Conditioned, condition, turnBack } from './conditioned.js';
import { type Factors, solveRows } from './solve.js';

export interface AlsOptions {
  /** Numbers that describe each customer and each item. 64 */
  factors?: number;
  /** λ: holds the factors of those with few interactions near 0. 20: found on sales and film ratings. */
  regularisation?: number;
  /** How much more one interaction counts than none: confidence = 1 + `confidence` × value. 1: more overfits. */
  confidence?: number;
  /** Rounds of customers and items. 15: later ones change little. */
  iterations?: number;
  /** Steps of conjugate gradients in each half of a round. 3: the start is the last round's solution. */
  steps?: number;
  seed?: number;
}

/** What a fit found. */
export interface FittedAls {
  /** Of the items; customers are folded in from what they have. */
  items: Factors;
  popularity: Popularity;
}

/** What is saved of it. */
interface AlsParts {
  options: Required<AlsOptions>;
  items: Factors;
  popularity: PopularityParts;
}

/** Steps that solve for a customer from nothing at most: most need less than half of them. */
const foldInSteps = 20;

/** Customers that are folded in and scored at a time. */
const customersAtATime = 1 << 14;

/** Spread of the first factors. */
const firstSpread = 0.1;

/**
 * Matrix factorisation for implicit feedback by alternating least squares: each customer and each item is
 * described by some numbers such that their inner product is near 1 for what a customer has, with greater
 * confidence the more of it there is, and near 0 with confidence 1 for all else. (Y. Hu, Y. Koren and
 * C. Volinsky, ICDM 2008.) The package implicit takes confidences as they are: its c is 1 + `confidence` × value.
 *
 * Only the factors of items are kept. A customer's are solved for from their items when they are asked for, so
 * known and new customers, and those who bought since the fit, are served alike.
 *
 * @example
 * const model = await new Als({ factors: 64, seed: 0 }).fit(purchases);
 * const { items, scores } = await model.recommend(purchases, { count: 10 });
 */
export class Als implements Recommender {
  /** What its files are called. */
  static readonly kind = 'als';
  readonly options: Required<AlsOptions>;
  #fitted?: FittedAls;
  #conditioned?: Promise<Conditioned>;

  /** @throws UsageError for counts below 1 and a regularisation or confidence that is not above 0. */
  constructor({
    factors = 64,
    regularisation = 20,
    confidence = 1,
    iterations = 15,
    steps = 3,
    seed = 0,
  }: AlsOptions = {}) {
    for (const [name, value] of Object.entries({ regularisation, confidence })) {
      if (!(value > 0)) throw new UsageError({ expected: `${name} above 0`, found: String(value) });
    }
    this.options = {
      factors: atLeastOne('factors', factors),
      regularisation,
      confidence,
      iterations: atLeastOne('iterations', iterations),
      steps: atLeastOne('steps', steps),
      seed,
    };
  }

  /** `[items, factors]` */
  get itemFactors(): Factors {
    return this.#model.items;
  }

  get popularity(): Popularity {
    return this.#model.popularity;
  }

  /**
   * Finds the factors of all items; `interactions` is `[customers, items]`, its values at least 0.
   * `onProgress` is told of iterations.
   */
  async fit(interactions: Csr, { onProgress, signal }: RunOptions = {}): Promise<this> {
    const { factors, regularisation, iterations, steps, seed } = this.options;
    const weights = this.#weigh(interactions);
    const byItem = transpose(weights);
    const random = new Random(seed);
    const customers = zeros(interactions.rows, factors);
    const items = zeros(interactions.columns, factors);
    for (let i = 0; i < items.values.length; i++) items.values[i] = random.normal(0, firstSpread);
    const options = { regularisation, steps, turn: takeTurns(signal) };
    for (let iteration = 1; iteration <= iterations; iteration++) {
      await solveRows(weights, customers, items, options);
      await solveRows(byItem, items, customers, options);
      onProgress?.(iteration, iterations);
    }
    this.#fitted = { items, popularity: Popularity.of(interactions) };
    this.#conditioned = undefined;
    return this;
  }

  /** The factors of customers by what they have, `rows [customers, items]`, whom the fit need not have seen. */
  async foldIn(rows: Csr, { signal }: RunOptions = {}): Promise<Factors> {
    checkCatalogue(rows, this.#model.items.count);
    const conditioned = await this.#condition();
    const customers = await this.#solve(rows, conditioned.items, signal);
    turnBack(customers, conditioned.lower);
    return customers;
  }

  /**
   * The same factors for a catalogue in which items have other numbers. Of those that are new nothing is known: they are
   * recommended to nobody, and say nothing of the customers who have them.
   *
   * @param numbers of the items by their numbers before, -1 for those that are gone.
   */
  renumbered(numbers: Int32Array, items: number): Als {
    const { items: before, popularity } = this.#model;
    const placed = zeros(items, before.factors);
    numbers.forEach((number, item) => {
      if (number < 0) return;
      const start = item * before.factors;
      placed.values.set(before.values.subarray(start, start + before.factors), number * before.factors);
    });
    const model = new Als(this.options);
    model.#fitted = { items: placed, popularity: popularity.renumbered(numbers, items) };
    return model;
  }

  /** The items most like this one by the cosine of their factors, the most alike first. */
  async neighbours(item: number, count = 10): Promise<Neighbour[]> {
    const { items } = this.#model;
    if (!(Number.isInteger(item) && item >= 0 && item < items.count)) {
      throw new UsageError({ expected: `an item of 0 … ${items.count - 1}`, found: String(item) });
    }
    const itself: Csr = {
      rows: 1,
      columns: items.count,
      indptr: Int32Array.of(0, 1),
      indices: Int32Array.of(item),
      values: Float32Array.of(1),
    };
    const [one, all] = [Int32Array.of(item), Int32Array.from({ length: items.count }, (_, i) => i)];
    const catalogue = columnsOf(items, all);
    const topK = Math.min(count, items.count);
    const { indices, scores } = await topOf(columnsOf(items, one), catalogue, topK, 'cosine', itself).finally(
      () => catalogue.dispose(),
    );
    return Array.from(indices, (other, i) => ({ item: other, score: scores[i] })).filter(n => n.item >= 0);
  }

  /**
   * The items with the greatest inner product with each customer's factors; `rows` is `[customers, items]`. A
   * score near 1 is as good as something the customer has; items of a score of 0 or less are not recommended.
   */
  async recommend(
    rows: Csr,
    { count = 10, excludeOwned = true, fill = true, candidates, onProgress, signal }: RecommendOptions = {},
  ): Promise<Recommendations> {
    const { items, popularity } = this.#model;
    const all = emptyRecommendations(rows.rows, atLeastOne('count', count));
    checkCatalogue(rows, items.count);
    const topK = Math.min(count, items.count);
    const conditioned = await this.#condition();
    const catalogue = new Catalogue(conditioned.items, candidates);
    const factors = tf.tensor2d(items.values, [items.count, items.factors]);
    try {
      for (let from = 0; from < rows.rows; from += customersAtATime) {
        const to = Math.min(from + customersAtATime, rows.rows);
        const some = rowSlice(rows, from, to);
        const customers = await this.#solve(some, conditioned.items, signal);
        const found = await catalogue.best(customers, topK, excludeOwned ? some : undefined);
        const places = placesOf(all, from, to);
        enterCandidates(places, found, topK, 'factors');
        await explain(places, some, (owned, recommended) => strongestOwned(owned, factors, recommended));
        onProgress?.(to, rows.rows);
      }
    } finally {
      catalogue.dispose();
      factors.dispose();
    }
    if (fill) fillWithPopular(all, rows, popularity, { excludeOwned, candidates });
    return all;
  }

  /** Writes `als.json` and, beside it, the numbers in `als.bin`. */
  async save(folder: string, options?: SaveOptions): Promise<void> {
    const { items, popularity } = this.#model;
    await saveParts(
      folder,
      Als.kind,
      { options: this.options, items, popularity: popularity.parts },
      options,
    );
  }

  /** @throws DataError if the folder holds no such model of this version of the format. */
  static async load(folder: string, options?: LoadOptions): Promise<Als> {
    const parts = await loadParts<AlsParts>(folder, Als.kind, options);
    const model = new Als(parts.options);
    model.#fitted = { items: parts.items, popularity: Popularity.from(parts.popularity) };
    return model;
  }

  #condition(): Promise<Conditioned> {
    this.#conditioned ??= condition(this.#model.items, this.options.regularisation);
    return this.#conditioned;
  }

  /** The factors of customers in the basis of conditioned items. */
  async #solve(rows: Csr, items: Factors, signal: AbortSignal | undefined): Promise<Factors> {
    const customers = zeros(rows.rows, items.factors);
    const { regularisation } = this.options;
    const options = { regularisation, steps: foldInSteps, conditioned: true, turn: takeTurns(signal) };
    await solveRows(this.#weigh(rows), customers, items, options);
    return customers;
  }

  #weigh(interactions: Csr): Csr {
    const { confidence } = this.options;
    const { values } = interactions;
    for (let p = 0; p < values.length; p++) {
      if (values[p] >= 0) continue;
      throw new UsageError({ expected: 'interactions of at least 0', found: String(values[p]) });
    }
    return confidence === 1 ? interactions : withValues(interactions, value => confidence * value);
  }

  get #model(): FittedAls {
    return this.#fitted ?? notFitted();
  }
}

function zeros(count: number, factors: number): Factors {
  return { count, factors, values: new Float32Array(count * factors) };
}
