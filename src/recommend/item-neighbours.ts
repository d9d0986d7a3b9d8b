import { isDeepStrictEqual } from 'node:util';
import { getBackend } from '@tensorflow/tfjs-core';
import { UsageError } from '../errors.js';
import {
  type Csr,
  csrTensors,
  disposeCsr,
  identityRows,
  likersOf,
  rowSlice,
  strongestNeighbour,
  transpose,
} from '../ops/index.js';
import { takeTurns } from '../turns.js';
import { CandidateRows } from './candidate-rows.js';
import { changedNeighbours, type EarlierNeighbours } from './changed-neighbours.js';
import { similarItemBlocks } from './item-blocks.js';
import { type MostSimilarOptions, mostSimilar, topProducts } from './most-similar.js';
import { Popularity, type PopularityParts } from './popularity.js';
import { emptyRecommendations, type Recommendations } from './recommendations.js';
import {
  atLeastOne,
  checkCatalogue,
  notFitted,
  type Recommender,
  type RecommendOptions,
  type RunOptions,
} from './recommender.js';
import { type RowHashes, rowHashes } from './row-hashes.js';
import { type LoadOptions, loadParts, type SaveOptions, saveParts } from './saved-parts.js';
import { checkSimilarity, productOf, type SimilarityOptions } from './similarity.js';
import { keepColumns } from './sparse-rows.js';
import { type Weighting, weightingOf } from './weightings.js';
import { enterCandidates, explain, fillWithPopular } from './winners.js';
import { workBatches } from './work-batches.js';

export interface ItemNeighboursOptions extends SimilarityOptions {
  /** Neighbours that are kept of each item. 100: more add noise and work rather than better recommendations. */
  neighbours?: number;
  /** What is done to the matrix before items are compared. none */
  weighting?: Weighting;
}

export interface FitItemsOptions extends RunOptions {
  /** Ids of the items, in the order of their numbers: saved with the model. */
  items?: readonly string[];
  /**
   * `[2 · customers]`, two hashes of each customer's id. With them the model keeps hashes of what it was fitted to, so that a
   * later fit can tell which items have changed.
   */
  customers?: Int32Array;
  /** An earlier fit that kept such hashes: items that have not changed since are not compared with each other again. */
  earlier?: EarlierItems;
}

/** An earlier fit, and what its items are called now. */
export interface EarlierItems {
  model: ItemNeighbours;
  /** Numbers of its items now, -1 for those that are gone. */
  numbers: Int32Array;
}

/** An item like another. */
export interface Neighbour {
  item: number;
  /** Similarity of the two items' columns of the customer × item matrix, by default their cosine. */
  score: number;
}

/** Recommendations for the customers `from` … `from + recommendations.customers - 1`. */
export interface RecommendationBatch {
  from: number;
  recommendations: Recommendations;
}

/** What a fit found. */
export interface FittedItems {
  /** `[items, items]`: in row i the nearest neighbours of item i, their similarities as values. */
  similar: Csr;
  popularity: Popularity;
  /** Ids of the items, where the fit was told. */
  items?: readonly string[];
  /** Of what was compared of each item, where the fit was told of the customers. */
  hashes?: RowHashes;
}

/** What is saved of them. */
interface ItemNeighboursParts {
  options: Required<ItemNeighboursOptions>;
  similar: Csr;
  popularity: PopularityParts;
  ids?: readonly string[];
  hashes?: RowHashes;
}

/**
 * Item-based collaborative filtering: two items are alike as far as the same customers have them, by
 * default by the cosine of their columns in the customer × item matrix (missing is 0); a customer is recommended the items
 * with the greatest sum of similarities to their own. Customers for whom that is not enough are given what is
 * popular. (M. Deshpande and G. Karypis, "Item-based top-N recommendation algorithms", ACM TOIS 22, 2004.)
 *
 * @example
 * const model = await new ItemNeighbours({ neighbours: 100 }).fit(purchases);
 * const { items, reasons } = await model.recommend(purchases, { count: 10 });
 */
export class ItemNeighbours implements Recommender {
  /** What its files are called. */
  static readonly kind = 'item-neighbours';
  readonly options: Required<ItemNeighboursOptions>;
  #fitted?: FittedItems;
  /** Of what the fit found, once reasons are asked for. */
  #likers?: Csr;
  #anew?: number;

  /** @throws UsageError for less than one neighbour or an unknown similarity. */
  constructor({ neighbours = 100, weighting = 'none', ...similarity }: ItemNeighboursOptions = {}) {
    this.options = {
      neighbours: atLeastOne('neighbours', neighbours),
      weighting,
      ...checkSimilarity(similarity),
    };
  }

  /** `[items, items]`: in row i the nearest neighbours of item i, their similarities as values. */
  get similar(): Csr {
    return this.#model.similar;
  }

  get popularity(): Popularity {
    return this.#model.popularity;
  }

  /** Ids of the items, where the fit was told. */
  get items(): readonly string[] | undefined {
    return this.#model.items;
  }

  /** Items whose neighbours the fit found anew, where it took others from an earlier one. */
  get anew(): number | undefined {
    return this.#anew;
  }

  /** Finds the neighbours of all items; `interactions` is `[customers, items]`. */
  async fit(
    interactions: Csr,
    { items, customers, earlier, onProgress, signal }: FitItemsOptions = {},
  ): Promise<this> {
    if (items && items.length !== interactions.columns) {
      throw new UsageError({ expected: `${interactions.columns} ids of items`, found: `${items.length}` });
    }
    const { neighbours, weighting, ...measure } = this.options;
    const byItem = transpose(interactions);
    const weighted = weightingOf(weighting, byItem)(byItem);
    const total = interactions.columns;
    const topK = Math.min(neighbours, Math.max(0, total - 1));
    const byCustomer = weighted === byItem ? interactions : transpose(weighted);
    const search = { ...measure, topK, onProgress, signal };
    const hashes = customers && rowHashes(weighted, withBackend(customers));
    const known = earlier && hashes && this.#known(earlier);
    const changed = known && (await changedNeighbours(weighted, byCustomer, hashes, known, search));
    const similar = changed?.similar ?? (await allNeighbours(weighted, byCustomer, search));
    this.#anew = changed?.anew;
    this.#fitted = { similar, popularity: Popularity.of(interactions), items, hashes };
    this.#likers = undefined;
    return this;
  }

  /** What an earlier fit knows; undefined where it was made in another way. */
  #known({ model, numbers }: EarlierItems): EarlierNeighbours | undefined {
    const { similar, hashes } = model.#model;
    if (!hashes || !isDeepStrictEqual(model.options, this.options)) return undefined;
    return {
      similar,
      hashes,
      numbers,
      topK: Math.min(this.options.neighbours, Math.max(0, similar.rows - 1)),
    };
  }

  /** Whether {@link fitBatches} can find what {@link fit} finds. */
  get fitsBatches(): boolean {
    return this.options.weighting === 'none' && productOf(this.options) !== undefined;
  }

  /**
   * As {@link fit}, of customers who come in batches each time that they are asked for, where there are too many to be held.
   *
   * @param memory bytes that the sums of a block of items may take
   * @throws UsageError for a weighting or a similarity that needs more than the sums of products
   */
  async fitBatches(
    batches: () => AsyncIterable<{ matrix: Csr }>,
    columns: number,
    { memory, items, onProgress, signal }: FitItemsOptions & { memory: number },
  ): Promise<this> {
    const metric = productOf(this.options);
    if (!metric || !this.fitsBatches) {
      const { similarity, weighting } = this.options;
      throw new UsageError({
        expected: 'the cosine or the product of plain interactions, to be found batch by batch',
        found: `${similarity}, weighted by ${weighting}`,
      });
    }
    const topK = Math.min(this.options.neighbours, Math.max(0, columns - 1));
    const found = new CandidateRows(columns, columns, topK);
    for await (const batch of similarItemBlocks(batches, columns, { metric, topK, memory, signal })) {
      found.append(batch.found);
      onProgress?.(batch.to, columns);
    }
    this.#fitted = {
      similar: found.finish(),
      popularity: await Popularity.ofBatches(batches(), columns),
      items,
    };
    this.#likers = undefined;
    return this;
  }

  /** The items most like this one, the most alike first. */
  neighbours(item: number, count = this.options.neighbours): Neighbour[] {
    const { rows, indptr, indices, values } = this.#model.similar;
    if (!(Number.isInteger(item) && item >= 0 && item < rows)) {
      throw new UsageError({ expected: `an item of 0 … ${rows - 1}`, found: String(item) });
    }
    const places = Array.from({ length: indptr[item + 1] - indptr[item] }, (_, i) => indptr[item] + i);
    return places
      .map(p => ({ item: indices[p], score: values[p] }))
      .sort((a, b) => b.score - a.score || a.item - b.item)
      .slice(0, count);
  }

  /**
   * The best items for each customer; `rows` is `[customers, items]`, of customers that the fit need not have
   * seen. All places are filled as far as the catalogue goes.
   */
  async recommend(rows: Csr, options: RecommendOptions = {}): Promise<Recommendations> {
    const all = emptyRecommendations(rows.rows, atLeastOne('count', options.count ?? 10));
    for await (const { from, recommendations } of this.recommendBatches(rows, options)) {
      const place = from * all.count;
      all.items.set(recommendations.items, place);
      all.scores.set(recommendations.scores, place);
      all.reasons.set(recommendations.reasons, place);
      all.because.set(recommendations.because, place);
    }
    return all;
  }

  /** As {@link recommend}, some customers at a time: memory does not grow with their number. */
  async *recommendBatches(
    rows: Csr,
    { count = 10, excludeOwned = true, fill = true, candidates, onProgress, signal }: RecommendOptions = {},
  ): AsyncGenerator<RecommendationBatch> {
    const { similar: all, popularity } = this.#model;
    const similar = keepColumns(all, candidates);
    atLeastOne('count', count);
    checkCatalogue(rows, similar.columns);
    const turn = takeTurns(signal);
    const topK = Math.min(count, similar.columns);
    this.#likers ??= likersOf(all);
    // What a graphics card has taken in cannot be read where reasons are found on the host.
    const [uploaded, speaking, likers] = [similar, similar, this.#likers].map(csrTensors);
    try {
      for (const [from, to] of workBatches(rows, similar, { paced: true })) {
        await turn();
        const some = rowSlice(rows, from, to);
        const recommendations = emptyRecommendations(to - from, count);
        const owned = excludeOwned ? some : undefined;
        const found = await topProducts(some, uploaded, topK, 'dot', owned);
        enterCandidates(recommendations, found, topK, 'neighbour');
        await explain(recommendations, some, (owned, recommended) =>
          strongestNeighbour(owned, speaking, likers, recommended),
        );
        if (fill) fillWithPopular(recommendations, some, popularity, { excludeOwned, candidates });
        onProgress?.(to, rows.rows);
        yield { from, recommendations };
      }
    } finally {
      [uploaded, speaking, likers].forEach(disposeCsr);
    }
  }

  /** Writes `item-neighbours.json` and, beside it, the numbers in `item-neighbours.bin`. */
  async save(folder: string, options?: SaveOptions): Promise<void> {
    const { similar, popularity, items: ids, hashes } = this.#model;
    const parts = { options: this.options, similar, popularity: popularity.parts, ids, hashes };
    await saveParts(folder, ItemNeighbours.kind, parts, { items: ids, ...options });
  }

  /** @throws DataError if the folder holds no such model of this version of the format. */
  static async load(folder: string, options?: LoadOptions): Promise<ItemNeighbours> {
    const parts = await loadParts<ItemNeighboursParts>(folder, ItemNeighbours.kind, options);
    const { similar, ids, hashes } = parts;
    return ItemNeighbours.of(parts.options, {
      similar,
      popularity: Popularity.from(parts.popularity),
      items: ids,
      hashes,
    });
  }

  /** A model of what an earlier fit found. */
  static of(options: ItemNeighboursOptions, fitted: FittedItems): ItemNeighbours {
    const model = new ItemNeighbours(options);
    model.#fitted = fitted;
    return model;
  }

  get #model(): FittedItems {
    return this.#fitted ?? notFitted();
  }
}

/** The most similar items of all. */
async function allNeighbours(
  byItem: Csr,
  byCustomer: Csr,
  { onProgress, ...search }: MostSimilarOptions & Pick<RunOptions, 'onProgress'>,
): Promise<Csr> {
  const total = byItem.rows;
  const found = new CandidateRows(total, total, search.topK);
  const exclude = (from: number, to: number) => identityRows(from, to, total);
  for await (const batch of mostSimilar(byItem, byCustomer, { ...search, exclude })) {
    found.append(batch.found);
    onProgress?.(batch.to, total);
  }
  return found.finish();
}

/** Hashes that also say which device compares: another rounds in another way. */
function withBackend(customers: Int32Array): Int32Array {
  const backend = [...getBackend()].reduce(
    (hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193),
    0,
  );
  return customers.map(hash => hash ^ backend);
}
