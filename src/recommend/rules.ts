import { UsageError } from '../errors.js';
import type { Csr } from '../ops/index.js';
import { emptyRecommendations, placesOf, type Recommendations } from './recommendations.js';
import { atLeastOne, type Recommender, type RecommendOptions } from './recommender.js';
import { pickRows } from './sparse-rows.js';

/** What a shop wants of its recommendations, whatever the recommender. Lists by item have one entry each. */
export interface Rules {
  /** Items that are never shown: out of stock, withdrawn. */
  deny?: Iterable<number>;
  /** The only items that may be shown. */
  allow?: Iterable<number>;
  /** At most so many items of one category in a list; `of [items]`, -1 for no category, which is not capped. */
  categories?: { of: Int32Array; atMost: number };
  /**
   * Items by their `price [items]` within `lowest … highest` times the mean price of the customer's own items;
   * customers without items, and items whose price is NaN, are not restricted.
   */
  priceRange?: { price: ArrayLike<number>; lowest?: number; highest?: number };
  /** Older items count less: relevance halves with each `halfLife` of `age [items]`, in the same unit. */
  recency?: { age: ArrayLike<number>; halfLife: number };
  /** `[items]`, what relevance is multiplied by: 1 changes nothing, 0 comes last. */
  boost?: ArrayLike<number>;
  /**
   * Maximal marginal relevance: `lambda` 1 looks at relevance alone, 0 at difference alone. (J. Carbonell and
   * J. Goldstein, "The use of MMR", SIGIR 1998.)
   */
  diversity?: { lambda: number; similarity: (a: number, b: number) => number };
}

/** Places of the lists that are held at a time: bounds the memory where few candidates keep to the rules. */
const placesAtATime = 1 << 22;

/** Candidates looked at for each place, to begin with. */
const candidatesPerPlace = 5;

/**
 * A recommender that keeps to rules. It asks the one within for more items than wanted, out of those that may be
 * shown at all, weighs them and drops what the rules forbid this customer; for customers whom that leaves places empty
 * it asks for more, up to the whole catalogue. Relevance is
 * 1 / log₂(1 + rank), the weight of the rank in NDCG, so that recommenders of any measure can be ruled; scores
 * and reasons stay those of the recommender.
 */
export class Ruled implements Recommender {
  readonly #denied: Set<number>;
  readonly #allowed?: Set<number>;

  /** @throws UsageError for a cap below 1, a half-life not above 0 or a lambda outside 0 … 1. */
  constructor(
    readonly recommender: Recommender,
    readonly rules: Rules,
  ) {
    const { categories, recency, diversity } = rules;
    if (categories) atLeastOne('the cap of a category', categories.atMost);
    if (recency && !(recency.halfLife > 0)) {
      throw new UsageError({ expected: 'a half-life above 0', found: String(recency.halfLife) });
    }
    if (diversity && !(diversity.lambda >= 0 && diversity.lambda <= 1)) {
      throw new UsageError({ expected: 'lambda of 0 … 1', found: String(diversity.lambda) });
    }
    this.#denied = new Set(rules.deny);
    this.#allowed = rules.allow && new Set(rules.allow);
  }

  async recommend(rows: Csr, options: RecommendOptions = {}): Promise<Recommendations> {
    const count = atLeastOne('count', options.count ?? 10);
    this.#check(rows.columns);
    const candidates = this.#candidates(rows.columns, options.candidates);
    const chosen = emptyRecommendations(rows.rows, count);
    const catalogue = Math.max(count, rows.columns);
    let short = Int32Array.from({ length: rows.rows }, (_, row) => row);
    for (let asked = candidatesPerPlace * count; short.length > 0; asked *= 4) {
      const most = Math.min(asked, catalogue);
      const still: number[] = [];
      const rowsAtATime = Math.max(1, Math.floor(placesAtATime / most));
      for (let from = 0; from < short.length; from += rowsAtATime) {
        const some = short.subarray(from, from + rowsAtATime);
        const owned = pickRows(rows, some);
        const customers = options.customers && some.map(row => options.customers![row]);
        const found = await this.recommender.recommend(owned, {
          ...options,
          count: most,
          customers,
          candidates,
        });
        some.forEach((row, place) => {
          const filled = this.#choose(placesOf(chosen, row, row + 1), found, owned, place, candidates);
          if (filled < count && found.items[(place + 1) * most - 1] >= 0) still.push(row);
        });
      }
      if (most === catalogue) break;
      short = Int32Array.from(still);
    }
    return chosen;
  }

  /** The items that neither rules nor the caller forbid. */
  #candidates(items: number, given: Uint8Array | undefined): Uint8Array | undefined {
    if (this.#denied.size === 0 && !this.#allowed) return given;
    return Uint8Array.from({ length: items }, (_, item) =>
      given?.[item] !== 0 && !this.#denied.has(item) && (this.#allowed?.has(item) ?? true) ? 1 : 0,
    );
  }

  #check(items: number): void {
    const { categories, priceRange, recency, boost } = this.rules;
    const lists = {
      categories: categories?.of,
      price: priceRange?.price,
      age: recency?.age,
      boost,
    };
    for (const [name, list] of Object.entries(lists)) {
      if (!list || list.length === items) continue;
      throw new UsageError({ expected: `${items} entries of ${name}`, found: `${list.length}` });
    }
  }

  /** Chooses the items of one customer, for whom `chosen` has places, among those found; gives their number. */
  #choose(
    chosen: Recommendations,
    found: Recommendations,
    rows: Csr,
    customer: number,
    allowed: Uint8Array | undefined,
  ): number {
    clear(chosen);
    const { categories, diversity } = this.rules;
    const [start, end] = [customer * found.count, (customer + 1) * found.count];
    const isPriced = this.#priceTest(rows, customer);
    const candidates: { place: number; item: number; relevance: number; alike: number }[] = [];
    for (let place = start; place < end && found.items[place] >= 0; place++) {
      const item = found.items[place];
      if (allowed?.[item] === 0 || !isPriced(item)) continue;
      const relevance = this.#weight(item) / Math.log2(2 + place - start);
      candidates.push({ place, item, relevance, alike: 0 });
    }
    candidates.sort((a, b) => b.relevance - a.relevance || a.place - b.place);
    const taken = new Map<number, number>();
    let filled = 0;
    while (filled < chosen.count && candidates.length > 0) {
      const next = diversity ? mostMarginal(candidates, diversity.lambda) : 0;
      const [{ place, item }] = candidates.splice(next, 1);
      const category = categories?.of[item] ?? -1;
      if (category >= 0) {
        const already = taken.get(category) ?? 0;
        if (already >= categories!.atMost) continue;
        taken.set(category, already + 1);
      }
      const to = filled++;
      chosen.items[to] = item;
      chosen.scores[to] = found.scores[place];
      chosen.reasons[to] = found.reasons[place];
      chosen.because[to] = found.because[place];
      if (!diversity) continue;
      for (const candidate of candidates) {
        candidate.alike = Math.max(candidate.alike, diversity.similarity(item, candidate.item));
      }
    }
    return filled;
  }

  #weight(item: number): number {
    const { boost, recency } = this.rules;
    return (boost?.[item] ?? 1) * (recency ? 0.5 ** (recency.age[item] / recency.halfLife) : 1);
  }

  #priceTest({ indptr, indices }: Csr, customer: number): (item: number) => boolean {
    const { priceRange } = this.rules;
    const own = priceRange
      ? Array.from(
          indices.subarray(indptr[customer], indptr[customer + 1]),
          item => priceRange.price[item],
        ).filter(Number.isFinite)
      : [];
    if (!priceRange || own.length === 0) return () => true;
    const mean = own.reduce((sum, price) => sum + price, 0) / own.length;
    const { price, lowest = 0, highest = Number.POSITIVE_INFINITY } = priceRange;
    return item => !(price[item] < lowest * mean || price[item] > highest * mean);
  }
}

/** Makes places empty that an earlier, shorter search has filled. */
function clear({ items, scores, reasons, because }: Recommendations): void {
  items.fill(-1);
  scores.fill(Number.NaN);
  reasons.fill(0);
  because.fill(-1);
}

/** The place of the candidate with the greatest λ · relevance - (1 - λ) · similarity to what is chosen. */
function mostMarginal(candidates: { relevance: number; alike: number }[], lambda: number): number {
  const worth = candidates.map(({ relevance, alike }) => lambda * relevance - (1 - lambda) * alike);
  return worth.reduce((best, value, i) => (value > worth[best] ? i : best), 0);
}

/** Looks similarities up in a sparse matrix such as `ItemNeighbours.similar`; 0 where it has no entry. */
export function similarityIn({ indptr, indices, values }: Csr): (a: number, b: number) => number {
  return (a, b) => {
    let [low, high] = [indptr[a], indptr[a + 1] - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (indices[middle] === b) return values[middle];
      if (indices[middle] < b) low = middle + 1;
      else high = middle - 1;
    }
    return 0;
  };
}
