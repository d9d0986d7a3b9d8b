import { type CustomerColumn, columnOf, ranges } from '../customer-column.js';
import { UsageError } from '../errors.js';
import type { Csr } from '../ops/index.js';
import { emptyRecommendations, type Recommendations, reasonNumber } from './recommendations.js';
import {
  atLeastOne,
  checkCatalogue,
  notFitted,
  type Recommender,
  type RecommendOptions,
} from './recommender.js';
import { type LoadOptions, loadParts, type SaveOptions, saveParts } from './saved-parts.js';

export interface SegmentFavouritesOptions {
  /**
   * Customers of the whole shop that are counted into each segment, so that a small segment does not make a
   * favourite of what one customer bought. 10
   */
  prior?: number;
  /** The reason that recommendations have: `group` for groups that are not segments, such as countries. segment */
  reason?: 'segment' | 'group';
  /** Added to the number of a segment where it is given as what an item is recommended because of. 0 */
  firstNumber?: number;
}

export interface FavouritesOptions {
  /** Items, at most. 10 */
  count?: number;
  /** Whether the most widespread items come first, or those that set the segment apart. share */
  by?: 'share' | 'lift';
}

/** An item in a segment. */
export interface Favourite {
  item: number;
  /** Customers of the segment who have it. */
  customers: number;
  /** Share of the segment's customers who have it, with the prior counted in. */
  share: number;
  /** `share` over the share of all customers: 2 is twice as widespread as in the whole shop. */
  lift: number;
}

interface FittedFavourites {
  segments: Int32Array;
  /** `[k]`, customers of each segment. */
  sizes: Int32Array;
  /** `[items]`, share of all customers who have it. */
  shares: Float64Array;
  /** `[k, items]`, customers of the segment who have it. */
  counts: Int32Array;
  /** By segment the items in the order in which they are recommended. */
  rankings: Int32Array[];
}

/** What is saved of them. */
interface FavouritesParts extends Omit<FittedFavourites, 'rankings'> {
  options: Required<SegmentFavouritesOptions>;
}

/**
 * What the customers of a segment like: items by the share of the segment who have them, drawn towards the share
 * in the whole shop by a prior of some customers (the posterior mean of a beta-binomial model). Customers are
 * recommended the favourites of their segment: those of the fit by their numbers in it.
 *
 * @example
 * const model = await new SegmentFavourites().fit(purchases, kMeans.labels);
 * model.favourites(2, { by: 'lift' });
 */
export class SegmentFavourites implements Recommender {
  /** What its files are called. */
  static readonly kind = 'segment-favourites';
  readonly options: Required<SegmentFavouritesOptions>;
  #fitted?: FittedFavourites;

  constructor({ prior = 10, reason = 'segment', firstNumber = 0 }: SegmentFavouritesOptions = {}) {
    if (!(prior >= 0)) throw new UsageError({ expected: 'a prior of at least 0', found: String(prior) });
    this.options = { prior, reason, firstNumber };
  }

  /**
   * Counts; `interactions` is `[customers, items]`, `segments [customers]` holds the segment of each customer,
   * -1 for none.
   */
  async fit(interactions: Csr, segments: Int32Array): Promise<this> {
    await this.fitBatches([{ matrix: interactions }], interactions.columns, columnOf(segments));
    return this.#keep({ ...this.#model, segments });
  }

  /**
   * As {@link fit}, of customers who come in batches and need not fit into memory; `columns` is the number of items. It knows no
   * customers by number until {@link forCustomers} tells of them.
   */
  async fitBatches(
    batches: AsyncIterable<{ matrix: Csr }> | Iterable<{ matrix: Csr }>,
    columns: number,
    segments: CustomerColumn,
  ): Promise<this> {
    let k = 0;
    for (const { from, to } of ranges(segments.length)) {
      const own = segments.part(from, to);
      for (let i = 0; i < to - from; i++) if (own[i] >= k) k = own[i] + 1;
    }
    const [sizes, counts] = [new Int32Array(k), new Int32Array(k * columns)];
    const shares = new Float64Array(columns);
    let first = 0;
    for await (const { matrix } of batches) {
      const { rows, indptr, indices } = matrix;
      for (const item of indices) shares[item] += 1 / segments.length;
      const own = segments.part(first, Math.min(first + rows, segments.length));
      for (let row = 0; row < rows; row++) {
        const segment = own[row];
        if (!(segment >= 0)) continue;
        sizes[segment]++;
        for (let p = indptr[row]; p < indptr[row + 1]; p++) counts[segment * columns + indices[p]]++;
      }
      first += rows;
    }
    if (segments.length !== first) {
      throw new UsageError({
        expected: `the segments of ${first} customers`,
        found: `${segments.length}`,
      });
    }
    return this.#keep({ segments: new Int32Array(), sizes, shares, counts });
  }

  #keep(counted: Omit<FittedFavourites, 'rankings'>): this {
    this.#fitted = { ...counted, rankings: [] };
    this.#fitted.rankings = Array.from(counted.sizes, (_, segment) =>
      Int32Array.from(this.#sorted(segment, 'share'), ({ item }) => item),
    );
    return this;
  }

  /** The same favourites for other customers, of whom these are the segments, -1 for none. */
  forCustomers(segments: Int32Array): SegmentFavourites {
    const others = new SegmentFavourites(this.options);
    others.#fitted = { ...this.#model, segments };
    return others;
  }

  /** Writes `segment-favourites.json` and, beside it, the counts in `segment-favourites.bin`. */
  async save(folder: string, options?: SaveOptions): Promise<void> {
    const { rankings: _, ...counted } = this.#model;
    await saveParts(folder, SegmentFavourites.kind, { options: this.options, ...counted }, options);
  }

  /** @throws DataError if the folder holds no such model of this version of the format. */
  static async load(folder: string, options?: LoadOptions): Promise<SegmentFavourites> {
    const parts = await loadParts<FavouritesParts>(folder, SegmentFavourites.kind, options);
    const { segments, sizes, shares, counts } = parts;
    return new SegmentFavourites(parts.options).#keep({ segments, sizes, shares, counts });
  }

  /** The items that the customers of a segment like best. */
  favourites(segment: number, { count = 10, by = 'share' }: FavouritesOptions = {}): Favourite[] {
    const { sizes } = this.#model;
    if (!(Number.isInteger(segment) && segment >= 0 && segment < sizes.length)) {
      throw new UsageError({ expected: `a segment of 0 … ${sizes.length - 1}`, found: String(segment) });
    }
    return this.#sorted(segment, by)
      .filter(({ customers }) => customers > 0)
      .slice(0, count);
  }

  /** `[items]`, the share of a segment's customers who have each, with the prior counted in; nothing of an unknown segment. */
  sharesOf(segment: number): Float64Array {
    const { shares, sizes } = this.#model;
    if (!(segment >= 0 && segment < sizes.length)) return new Float64Array(shares.length);
    return Float64Array.from(shares, (_, item) => this.#favourite(segment, item).share);
  }

  /** Recommends the favourites of each customer's segment; those who are in none get nothing. */
  async recommend(
    rows: Csr,
    { count = 10, excludeOwned = true, customers, candidates }: RecommendOptions = {},
  ): Promise<Recommendations> {
    const { segments } = this.#model;
    return this.recommendTo(
      rows,
      Int32Array.from({ length: rows.rows }, (_, row) => segments[customers?.[row] ?? -1] ?? -1),
      { count, excludeOwned, candidates },
    );
  }

  /** As {@link recommend}, for customers whose segments are told, -1 for none. */
  recommendTo(
    rows: Csr,
    segments: Int32Array,
    { count = 10, excludeOwned = true, candidates }: RecommendOptions = {},
  ): Recommendations {
    const { shares, sizes, rankings } = this.#model;
    const { reason, firstNumber } = this.options;
    checkCatalogue(rows, shares.length);
    const found = emptyRecommendations(rows.rows, atLeastOne('count', count));
    const ownedBy = new Int32Array(shares.length).fill(-1);
    for (let row = 0; row < rows.rows; row++) {
      const segment = segments[row];
      if (!(segment >= 0 && segment < sizes.length)) continue;
      if (excludeOwned) {
        for (let p = rows.indptr[row]; p < rows.indptr[row + 1]; p++) ownedBy[rows.indices[p]] = row;
      }
      let place = row * count;
      for (let r = 0; r < shares.length && place < (row + 1) * count; r++) {
        const item = rankings[segment][r];
        const { customers: buyers, share } = this.#favourite(segment, item);
        if (ownedBy[item] === row || buyers === 0 || candidates?.[item] === 0) continue;
        found.items[place] = item;
        found.scores[place] = share;
        found.because[place] = firstNumber + segment;
        found.reasons[place++] = reasonNumber[reason];
      }
    }
    return found;
  }

  #sorted(segment: number, by: 'share' | 'lift'): Favourite[] {
    return Array.from(this.#model.shares, (_, item) => this.#favourite(segment, item)).sort(
      (a, b) => b[by] - a[by] || b.share - a.share || a.item - b.item,
    );
  }

  #favourite(segment: number, item: number): Favourite {
    const { shares, sizes, counts } = this.#model;
    const { prior } = this.options;
    const customers = counts[segment * shares.length + item];
    const share = (customers + prior * shares[item]) / (sizes[segment] + prior || 1);
    return { item, customers, share, lift: shares[item] > 0 ? share / shares[item] : 0 };
  }

  get #model(): FittedFavourites {
    return this.#fitted ?? notFitted();
  }
}
