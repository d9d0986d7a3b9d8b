import { UsageError } from '../errors.js';
import {
  type Csr,
  type CsrTensors,
  csrTensors,
  disposeCsr,
  identityRows,
  rowSlice,
  sparseCosineTopK,
  transpose,
} from '../ops/index.js';
import { takeTurns } from '../turns.js';
import { loadItemNeighbours, saveItemNeighbours } from './item-neighbours-file.js';
import { Popularity } from './popularity.js';
import { emptyRecommendations, type Recommendations } from './recommendations.js';
import { type Candidates, enterNeighbours, explainNeighbours, fillWithPopular } from './winners.js';
import { workBatches } from './work-batches.js';

export interface ItemNeighboursOptions {
  /** Neighbours that are kept of each item. 100: more add noise and work rather than better recommendations. */
  neighbours?: number;
}

export interface RunOptions {
  /** Told after each batch how many rows are done. */
  onProgress?: (done: number, total: number) => void;
  /** Stops the work between two batches. */
  signal?: AbortSignal;
}

export interface FitItemsOptions extends RunOptions {
  /** Ids of the items, in the order of their numbers: saved with the model. */
  items?: readonly string[];
}

export interface RecommendOptions extends RunOptions {
  /** Items for each customer. 10 */
  count?: number;
  /** Whether only items are recommended that the customer has not got. Yes. */
  excludeOwned?: boolean;
}

/** An item like another. */
export interface Neighbour {
  item: number;
  /** Cosine of the two items' columns of the customer × item matrix. */
  score: number;
}

/** Recommendations for the customers `from` … `from + recommendations.customers - 1`. */
export interface RecommendationBatch {
  from: number;
  recommendations: Recommendations;
}

/** What a fit found. */
export interface FittedItems {
  /** `[items, items]`: in row i the nearest neighbours of item i, their cosines as values. */
  similar: Csr;
  popularity: Popularity;
  /** Ids of the items, where the fit was told. */
  items?: readonly string[];
}

/**
 * Item-based collaborative filtering: two items are alike as far as the same customers have them, by the
 * cosine of their columns in the customer × item matrix (missing is 0); a customer is recommended the items
 * with the greatest sum of similarities to their own. Customers for whom that is not enough are given what is
 * popular. (M. Deshpande and G. Karypis, "Item-based top-N recommendation algorithms", ACM TOIS 22, 2004.)
 *
 * @example
 * const model = await new ItemNeighbours({ neighbours: 100 }).fit(purchases);
 * const { items, reasons } = await model.recommend(purchases, { count: 10 });
 */
export class ItemNeighbours {
  readonly options: Required<ItemNeighboursOptions>;
  #fitted?: FittedItems;

  /** @throws UsageError for less than one neighbour. */
  constructor({ neighbours = 100 }: ItemNeighboursOptions = {}) {
    this.options = { neighbours: atLeastOne('neighbours', neighbours) };
  }

  /** `[items, items]`: in row i the nearest neighbours of item i, their cosines as values. */
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

  /** Finds the neighbours of all items; `interactions` is `[customers, items]`. */
  async fit(interactions: Csr, { items, onProgress, signal }: FitItemsOptions = {}): Promise<this> {
    if (items && items.length !== interactions.columns) {
      throw new UsageError({ expected: `${interactions.columns} ids of items`, found: `${items.length}` });
    }
    const byItem = transpose(interactions);
    const total = interactions.columns;
    const topK = Math.min(this.options.neighbours, Math.max(0, total - 1));
    const indptr = new Int32Array(total + 1);
    const [indices, values] = [new Int32Array(total * topK), new Float32Array(total * topK)];
    let entries = 0;

    const turn = takeTurns(signal);
    const uploaded = csrTensors(interactions);
    try {
      for (const [from, to] of topK > 0 ? workBatches(byItem, interactions) : []) {
        await turn();
        const itself = identityRows(from, to, total);
        const found = await topOf(rowSlice(byItem, from, to), uploaded, topK, 'cosine', itself);
        for (let row = 0; row < to - from; row++) {
          entries = appendRow(found, row, topK, indices, values, entries);
          indptr[from + row + 1] = entries;
        }
        onProgress?.(to, total);
      }
    } finally {
      disposeCsr(uploaded);
    }
    const similar: Csr = {
      rows: total,
      columns: total,
      indptr,
      indices: indices.slice(0, entries),
      values: values.slice(0, entries),
    };
    this.#fitted = { similar, popularity: Popularity.of(interactions), items };
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
    { count = 10, excludeOwned = true, onProgress, signal }: RecommendOptions = {},
  ): AsyncGenerator<RecommendationBatch> {
    const { similar, popularity } = this.#model;
    atLeastOne('count', count);
    if (rows.columns !== similar.columns) {
      throw new UsageError({
        expected: `customers with the ${similar.columns} items of the model`,
        found: `${rows.columns} items`,
        hint: 'Number the items as in the fit.',
      });
    }
    const turn = takeTurns(signal);
    const topK = Math.min(count, similar.columns);
    const uploaded = csrTensors(similar);
    try {
      for (const [from, to] of workBatches(rows, similar)) {
        await turn();
        const some = rowSlice(rows, from, to);
        const recommendations = emptyRecommendations(to - from, count);
        const owned = excludeOwned ? some : undefined;
        enterNeighbours(recommendations, await topOf(some, uploaded, topK, 'dot', owned), topK);
        explainNeighbours(recommendations, some, similar);
        fillWithPopular(recommendations, some, popularity, excludeOwned);
        onProgress?.(to, rows.rows);
        yield { from, recommendations };
      }
    } finally {
      disposeCsr(uploaded);
    }
  }

  /** Writes `item-neighbours.json` and, beside it, the numbers in `item-neighbours.bin`. */
  async save(folder: string): Promise<void> {
    await saveItemNeighbours(folder, this.options, this.#model);
  }

  /** @throws DataError if the folder holds no such model of this version of the format. */
  static async load(folder: string): Promise<ItemNeighbours> {
    const { options, fitted } = await loadItemNeighbours(folder);
    const model = new ItemNeighbours(options);
    model.#fitted = fitted;
    return model;
  }

  get #model(): FittedItems {
    if (this.#fitted) return this.#fitted;
    throw new UsageError({
      expected: 'a fitted model',
      found: 'one before its fit',
      hint: 'Await fit() first.',
    });
  }
}

/** The best rows of b for each row of a, read from the device. */
async function topOf(
  a: Csr,
  bTransposed: CsrTensors,
  topK: number,
  metric: 'cosine' | 'dot',
  excluded: Csr | undefined,
): Promise<Candidates> {
  const rows = csrTensors(a);
  const exclude = excluded && csrTensors(excluded);
  try {
    const { indices, scores } = sparseCosineTopK(rows, bTransposed, { topK, metric, exclude });
    const found = { indices: await indices.data<'int32'>(), scores: await scores.data<'float32'>() };
    indices.dispose();
    scores.dispose();
    return found;
  } finally {
    disposeCsr(rows);
    if (exclude) disposeCsr(exclude);
  }
}

/** Appends the neighbours found for a row, by ascending index; returns the number of entries then. */
function appendRow(
  found: Candidates,
  row: number,
  topK: number,
  indices: Int32Array,
  values: Float32Array,
  entries: number,
): number {
  const order: number[] = [];
  for (let p = row * topK; p < (row + 1) * topK && found.indices[p] >= 0; p++) order.push(p);
  order.sort((a, b) => found.indices[a] - found.indices[b]);
  let next = entries;
  for (const p of order) {
    indices[next] = found.indices[p];
    values[next++] = found.scores[p];
  }
  return next;
}

function atLeastOne(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new UsageError({ expected: `${name} to be a whole number of at least 1`, found: String(value) });
}
