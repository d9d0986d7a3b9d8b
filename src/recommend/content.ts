import { UsageError } from '../errors.js';
import {
  type Csr,
  type CsrTensors,
  csrTensors,
  disposeCsr,
  identityRows,
  rowSlice,
  transpose,
} from '../ops/index.js';
import { takeTurns } from '../turns.js';
import { describeItems, type ItemAttributes } from './item-attributes.js';
import type { Neighbour } from './item-neighbours.js';
import { mostSimilar, topProducts } from './most-similar.js';
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
import { checkSimilarity } from './similarity.js';
import { keepColumns, multiply, scaleRows } from './sparse-rows.js';
import { type Candidates, enterCandidates, explainByPairs } from './winners.js';

export interface ContentOptions {
  /** How much each attribute counts, by its name. 1 */
  weights?: Readonly<Record<string, number>>;
}

/** Customers whose tastes are held at a time. */
const customersAtATime = 1 << 13;

/**
 * Content-based recommendation: items are alike as far as their descriptions are, and a customer's taste is the
 * sum of the descriptions of their items, each scaled to norm 1 and weighted by the entry. It knows items that
 * nobody has bought yet. (M. Pazzani and D. Billsus, "Content-based recommendation systems", 2007.)
 *
 * @example
 * const model = await new Content().fit({ texts: { name: names }, categories: { group: groups } });
 * const { items } = await model.recommend(purchases, { count: 10 });
 */
export class Content implements Recommender {
  /** What its files are called. */
  static readonly kind = 'content';
  readonly options: Required<ContentOptions>;
  #items?: Csr;

  constructor({ weights = {} }: ContentOptions = {}) {
    this.options = { weights };
  }

  /** `[items, terms]`, rows of norm 1 (0 of an item of which nothing is known). */
  get items(): Csr {
    return this.#items ?? notFitted();
  }

  /** Describes the items. @throws UsageError for attributes of different lengths. */
  async fit(attributes: ItemAttributes): Promise<this> {
    this.#items = scaleRows(describeItems(attributes, this.options.weights), 1);
    return this;
  }

  /** What customers like, `[customers, terms]`; `rows` is `[customers, items]`. */
  tastes(rows: Csr): Csr {
    checkCatalogue(rows, this.items.rows);
    return multiply(rows, this.items);
  }

  /** The items whose descriptions are most like this one's, the most alike first. */
  async neighbours(item: number, count = 10): Promise<Neighbour[]> {
    const { rows } = this.items;
    if (!(Number.isInteger(item) && item >= 0 && item < rows)) {
      throw new UsageError({ expected: `an item of 0 … ${rows - 1}`, found: String(item) });
    }
    const [one, itself] = [rowSlice(this.items, item, item + 1), identityRows(item, item + 1, rows)];
    const { indices, scores } = await this.#search(terms =>
      topProducts(one, terms, Math.min(count, rows), 'cosine', itself),
    );
    return Array.from(indices, (other, i) => ({ item: other, score: scores[i] })).filter(
      ({ item: other, score }) => other >= 0 && score > 0,
    );
  }

  /**
   * The items most like each item, `[items, topK]`, best first, -1 where there are no more; none is its own.
   * `onProgress` is told of items.
   */
  async similarItems(count = 10, { onProgress, signal }: RunOptions = {}): Promise<Candidates> {
    const { rows } = this.items;
    const topK = Math.min(atLeastOne('count', count), rows);
    const all = { indices: new Int32Array(rows * topK), scores: new Float32Array(rows * topK) };
    const exclude = (from: number, to: number) => identityRows(from, to, rows);
    const options = { ...checkSimilarity({}), topK, exclude, signal };
    for await (const { from, to, found } of mostSimilar(this.items, transpose(this.items), options)) {
      all.indices.set(found.indices, from * topK);
      all.scores.set(found.scores, from * topK);
      onProgress?.(to, rows);
    }
    return all;
  }

  /**
   * The items whose descriptions have the greatest cosine with each customer's taste. Customers without items,
   * or with items of which nothing is known, get none; there is no filling up.
   */
  async recommend(
    rows: Csr,
    { count = 10, excludeOwned = true, candidates, onProgress, signal }: RecommendOptions = {},
  ): Promise<Recommendations> {
    const all = emptyRecommendations(rows.rows, atLeastOne('count', count));
    checkCatalogue(rows, this.items.rows);
    const topK = Math.min(count, this.items.rows);
    const turn = takeTurns(signal);
    const search = async (terms: CsrTensors) => {
      for (let from = 0; from < rows.rows; from += customersAtATime) {
        await turn();
        const to = Math.min(from + customersAtATime, rows.rows);
        const some = rowSlice(rows, from, to);
        const owned = excludeOwned ? some : undefined;
        const found = await topProducts(this.tastes(some), terms, topK, 'cosine', owned);
        const places = placesOf(all, from, to);
        enterCandidates(places, found, topK, 'content');
        explainByPairs(places, some, (own, other) => this.similarity(own, other));
        onProgress?.(to, rows.rows);
      }
    };
    await this.#search(search, candidates);
    return all;
  }

  /** Writes `content.json` and, beside it, the descriptions of the items in `content.bin`. */
  async save(folder: string, options?: SaveOptions): Promise<void> {
    await saveParts(folder, Content.kind, { options: this.options, items: this.items }, options);
  }

  /** @throws DataError if the folder holds no such model of this version of the format. */
  static async load(folder: string, options?: LoadOptions): Promise<Content> {
    type Parts = { options: ContentOptions; items: Csr };
    const parts = await loadParts<Parts>(folder, Content.kind, options);
    const model = new Content(parts.options);
    model.#items = parts.items;
    return model;
  }

  async #search<Result>(
    work: (terms: CsrTensors) => Promise<Result>,
    candidates?: Uint8Array,
  ): Promise<Result> {
    const terms = csrTensors(keepColumns(transpose(this.items), candidates));
    try {
      return await work(terms);
    } finally {
      disposeCsr(terms);
    }
  }

  /** The cosine of the descriptions of two items. */
  similarity(a: number, b: number): number {
    const { indptr, indices, values } = this.items;
    let [p, q, sum] = [indptr[a], indptr[b], 0];
    while (p < indptr[a + 1] && q < indptr[b + 1]) {
      if (indices[p] === indices[q]) sum += values[p++] * values[q++];
      else if (indices[p] < indices[q]) p++;
      else q++;
    }
    return sum;
  }
}
