import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../errors.js';
import { type Csr, cosineTopK, csrTensors, disposeCsr, rowSlice } from '../ops/index.js';
import { takeTurns } from '../turns.js';
import { topProducts } from './most-similar.js';
import { emptyRecommendations, placesOf, type Recommendations } from './recommendations.js';
import {
  atLeastOne,
  checkCatalogue,
  notFitted,
  type Recommender,
  type RecommendOptions,
} from './recommender.js';
import { type LoadOptions, loadParts, type SaveOptions, saveParts } from './saved-parts.js';
import { keepColumns, pickRows } from './sparse-rows.js';
import { enterCandidates } from './winners.js';

export interface AttributeNeighboursOptions {
  /** The nearest customers whose items are recommended. 100 */
  neighbours?: number;
}

/** What is known of customers beside what they bought: a column of data is a row. */
export interface Attributes {
  /** `[features, customers]`, scaled alike. */
  values: Float32Array;
  features: number;
  customers: number;
}

interface FittedAttributes {
  /** Of the customers who have something. */
  known: Attributes;
  /** What they have. */
  interactions: Csr;
  /** Of the customers at hand, by their numbers. */
  asked: Attributes;
}

/** Customers whose neighbours are held at a time. */
const customersAtATime = 1 << 12;

/**
 * For customers of whom nothing is known but who they are, such as their country and age: each is recommended what the
 * nearest customers by Euclidean distance of their attributes have, an item with the sum over those of 1 / (1 + distance).
 * (A. Schein et al., "Methods and metrics for cold-start recommendations", SIGIR 2002, compare such ways to begin.)
 *
 * @example
 * const model = await new AttributeNeighbours({ neighbours: 50 }).fit(purchases, attributes);
 * const { items } = await model.forCustomers(attributesOfNewOnes).recommend(nothingYet, { customers: Int32Array.of(0) });
 */
export class AttributeNeighbours implements Recommender {
  /** What its files are called. */
  static readonly kind = 'attribute-neighbours';
  readonly options: Required<AttributeNeighboursOptions>;
  #fitted?: FittedAttributes;

  /** @throws UsageError for less than one neighbour. */
  constructor({ neighbours = 100 }: AttributeNeighboursOptions = {}) {
    this.options = { neighbours: atLeastOne('neighbours', neighbours) };
  }

  /** Keeps the customers who have something to compare with; `interactions` is `[customers, items]`. */
  async fit(interactions: Csr, attributes: Attributes): Promise<this> {
    if (attributes.customers !== interactions.rows) {
      throw new UsageError({
        expected: `the attributes of ${interactions.rows} customers`,
        found: `${attributes.customers}`,
      });
    }
    const { indptr, rows } = interactions;
    const buyers = Int32Array.from({ length: rows }, (_, c) => c).filter(c => indptr[c + 1] > indptr[c]);
    this.#fitted = {
      known: pickColumns(attributes, buyers),
      interactions: pickRows(interactions, buyers),
      asked: attributes,
    };
    return this;
  }

  /** The same customers to compare with for others, whose attributes these are. */
  forCustomers(attributes: Attributes): AttributeNeighbours {
    const fitted = this.#fitted ?? notFitted();
    if (attributes.features !== fitted.known.features) {
      throw new UsageError({
        expected: `customers with the ${fitted.known.features} attributes of the model`,
        found: `${attributes.features}`,
      });
    }
    const others = new AttributeNeighbours(this.options);
    others.#fitted = { ...fitted, asked: attributes };
    return others;
  }

  /**
   * The best items for each customer by what those like them have; those whose number is not told, or -1, get none,
   * and there is no filling up. What a customer has does not count, except that it is not recommended.
   */
  async recommend(
    rows: Csr,
    { count = 10, excludeOwned = true, customers, candidates, onProgress, signal }: RecommendOptions = {},
  ): Promise<Recommendations> {
    const { interactions, known, asked } = this.#fitted ?? notFitted();
    const all = emptyRecommendations(rows.rows, atLeastOne('count', count));
    checkCatalogue(rows, interactions.columns);
    if (known.customers === 0) return all;
    const topK = Math.min(count, interactions.columns);
    const uploaded = csrTensors(keepColumns(interactions, candidates));
    const catalogue = withNorms(known);
    const turn = takeTurns(signal);
    try {
      for (let from = 0; from < rows.rows; from += customersAtATime) {
        await turn();
        const to = Math.min(from + customersAtATime, rows.rows);
        const some = rowSlice(rows, from, to);
        const numbers = Int32Array.from({ length: to - from }, (_, i) => {
          const number = customers?.[from + i] ?? -1;
          return number < asked.customers ? number : -1;
        });
        const near = await this.#nearest(pickColumns(asked, numbers), numbers, catalogue);
        const found = await topProducts(near, uploaded, topK, 'dot', excludeOwned ? some : undefined);
        enterCandidates(placesOf(all, from, to), found, topK, 'attributes');
        onProgress?.(to, rows.rows);
      }
    } finally {
      disposeCsr(uploaded);
      catalogue.dispose();
    }
    return all;
  }

  /**
   * `[customers, known]`, 1 / (1 + distance) to the nearest. The least ‖q - x‖² are the greatest 2 q·x - ‖x‖², so that
   * the kernel that finds the greatest products finds them, with a feature more, and no matrix of distances is held.
   */
  async #nearest(queries: Attributes, numbers: Int32Array, catalogue: tf.Tensor2D): Promise<Csr> {
    const { features, customers, values } = queries;
    const known = catalogue.shape[1];
    const topK = Math.min(this.options.neighbours, known);
    const asked = new Float32Array((features + 1) * customers);
    asked.set(values.map(value => 2 * value));
    asked.fill(1, features * customers);
    const [indices, scores] = tf.tidy(() => {
      const found = cosineTopK(tf.tensor2d(asked, [features + 1, customers]), catalogue, {
        topK,
        metric: 'dot',
      });
      return [found.indices, found.scores];
    });
    const [places, products] = [await indices.data<'int32'>(), await scores.data<'float32'>()];
    tf.dispose([indices, scores]);
    const indptr = new Int32Array(customers + 1);
    const near: Csr = {
      rows: customers,
      columns: known,
      indptr,
      indices: new Int32Array(customers * topK),
      values: new Float32Array(customers * topK),
    };
    let entries = 0;
    for (let row = 0; row < customers; row++) {
      let norm = 0;
      for (let f = 0; f < features; f++) norm += values[f * customers + row] ** 2;
      const order = Array.from({ length: topK }, (_, rank) => row * topK + rank)
        .filter(p => numbers[row] >= 0 && places[p] >= 0)
        .sort((a, b) => places[a] - places[b]);
      for (const p of order) {
        near.indices[entries] = places[p];
        near.values[entries++] = 1 / (1 + Math.sqrt(Math.max(0, norm - products[p])));
      }
      indptr[row + 1] = entries;
    }
    return { ...near, indices: near.indices.subarray(0, entries), values: near.values.subarray(0, entries) };
  }

  /** Writes `attribute-neighbours.json` and, beside it, customers and what they have in `attribute-neighbours.bin`. */
  async save(folder: string, options?: SaveOptions): Promise<void> {
    const { known, interactions } = this.#fitted ?? notFitted();
    await saveParts(
      folder,
      AttributeNeighbours.kind,
      { options: this.options, known, interactions },
      options,
    );
  }

  /**
   * The model knows no customers by number until {@link forCustomers} tells of them.
   *
   * @throws DataError if the folder holds no such model of this version of the format.
   */
  static async load(folder: string, options?: LoadOptions): Promise<AttributeNeighbours> {
    type Parts = FittedAttributes & { options: AttributeNeighboursOptions };
    const { known, interactions, ...parts } = await loadParts<Parts>(
      folder,
      AttributeNeighbours.kind,
      options,
    );
    const model = new AttributeNeighbours(parts.options);
    const asked = { features: known.features, customers: 0, values: new Float32Array() };
    model.#fitted = { known, interactions, asked };
    return model;
  }
}

/** The attributes of some customers, zeros for a number of -1. */
export function pickColumns({ values, features, customers }: Attributes, numbers: Int32Array): Attributes {
  const picked = new Float32Array(features * numbers.length);
  for (let f = 0; f < features; f++) {
    numbers.forEach((number, i) => {
      if (number >= 0) picked[f * numbers.length + i] = values[f * customers + number];
    });
  }
  return { values: picked, features, customers: numbers.length };
}

/** Uploads attributes with -‖x‖² as one more. */
function withNorms({ values, features, customers }: Attributes): tf.Tensor2D {
  const all = new Float32Array((features + 1) * customers);
  all.set(values);
  for (let f = 0; f < features; f++) {
    for (let c = 0; c < customers; c++) all[features * customers + c] -= values[f * customers + c] ** 2;
  }
  return tf.tensor2d(all, [features + 1, customers]);
}
