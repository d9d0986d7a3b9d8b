import { UsageError } from '../errors.js';
import type { Csr } from '../ops/index.js';
import { emptyRecommendations, type Recommendations } from './recommendations.js';
import { atLeastOne, type Recommender, type RecommendOptions } from './recommender.js';
import { pickRows } from './sparse-rows.js';

/** One link of a chain. */
export interface Link {
  /** What it is called in messages. */
  name: string;
  recommender: Recommender;
}

/**
 * Recommenders one after the other: each fills the places that those before it left empty, with items that they
 * did not name, so that customers of whom little is known are served as far as anything is known of them. End it
 * with popularity, which fills every place that the catalogue can.
 *
 * @example
 * const chain = new Chain([
 *   { name: 'als', recommender: als },
 *   { name: 'content', recommender: content },
 *   { name: 'popular', recommender: als.popularity },
 * ]);
 */
export class Chain implements Recommender {
  /** @throws UsageError for a chain without links. */
  constructor(readonly links: readonly Link[]) {
    if (links.length === 0)
      throw new UsageError({ expected: 'a chain of at least one recommender', found: 'none' });
  }

  /** Scores and reasons are those of the link that named the item. */
  async recommend(rows: Csr, options: RecommendOptions = {}): Promise<Recommendations> {
    const count = atLeastOne('count', options.count ?? 10);
    const all = emptyRecommendations(rows.rows, count);
    const filled = new Int32Array(rows.rows);
    const everybody = filled.map((_, row) => row);
    for (const { recommender } of this.links) {
      const short = everybody.filter(row => filled[row] < count);
      if (short.length === 0) break;
      const customers = options.customers && short.map(row => options.customers![row]);
      // As many as all places are enough, since at most as many of them are there already as places are filled.
      const rest = { ...options, count, fill: false, customers };
      append(all, filled, short, await recommender.recommend(pickRows(rows, short), rest));
    }
    return all;
  }
}

/** Appends what is not there yet to the lists of the customers that were found for. */
function append(
  all: Recommendations,
  filled: Int32Array,
  customers: Int32Array,
  found: Recommendations,
): void {
  const { count } = all;
  customers.forEach((customer, row) => {
    const start = customer * count;
    for (let from = row * found.count; from < (row + 1) * found.count; from++) {
      if (found.items[from] < 0 || filled[customer] === count) break;
      if (all.items.subarray(start, start + filled[customer]).includes(found.items[from])) continue;
      copyPlace(found, from, all, start + filled[customer]++);
    }
  });
}

function copyPlace(source: Recommendations, from: number, target: Recommendations, to: number): void {
  target.items[to] = source.items[from];
  target.scores[to] = source.scores[from];
  target.reasons[to] = source.reasons[from];
  target.because[to] = source.because[from];
}

/** One voice of a blend. */
export interface Voice extends Link {
  /** How much it counts. 1 */
  weight?: number;
}

/**
 * Ranks by which the first places are softened, where it is not learnt with the weights. Search engines take 60, for
 * lists of a thousand.
 */
const usualSoftening = 30;

/** Lists are looked at this many times further than asked for, since what two agree on may stand lower. */
export const blendDepth = 10;

export interface BlendOptions {
  /** Ranks by which the first places are softened: the fewer, the more the first ones count. 30 */
  softening?: number;
}

/**
 * Recommenders together: an item's score is the sum over the voices of weight / (softening + its rank), which needs no
 * common measure of their scores. The reason is that of the voice that counts most for the item.
 * (G. Cormack, C. Clarke and S. Büttcher, "Reciprocal rank fusion", SIGIR 2009.)
 */
export class Blend implements Recommender {
  readonly options: Required<BlendOptions>;

  /** @throws UsageError for no voices, a weight that is not above 0 or a softening below 0. */
  constructor(
    readonly voices: readonly Voice[],
    { softening = usualSoftening }: BlendOptions = {},
  ) {
    if (!(softening >= 0)) {
      throw new UsageError({ expected: 'a softening of at least 0', found: String(softening) });
    }
    this.options = { softening };
    if (voices.length === 0)
      throw new UsageError({ expected: 'a blend of at least one recommender', found: 'none' });
    for (const { name, weight = 1 } of voices) {
      if (!(weight > 0))
        throw new UsageError({ expected: `a weight of ${name} above 0`, found: String(weight) });
    }
  }

  async recommend(rows: Csr, options: RecommendOptions = {}): Promise<Recommendations> {
    const count = atLeastOne('count', options.count ?? 10);
    const lists: Recommendations[] = [];
    const longest = Math.min(blendDepth * count, Math.max(count, rows.columns));
    for (const { recommender } of this.voices) {
      lists.push(await recommender.recommend(rows, { ...options, count: longest, fill: false }));
    }
    const all = emptyRecommendations(rows.rows, count);
    for (let customer = 0; customer < rows.rows; customer++) this.#blendInto(all, customer, lists);
    return all;
  }

  #blendInto(all: Recommendations, customer: number, lists: readonly Recommendations[]): void {
    const scores = new Map<number, { score: number; most: number; list: Recommendations; place: number }>();
    lists.forEach((list, voice) => {
      const weight = this.voices[voice].weight ?? 1;
      for (let rank = 1; rank <= list.count; rank++) {
        const place = customer * list.count + rank - 1;
        const item = list.items[place];
        if (item < 0) break;
        const part = weight / (this.options.softening + rank);
        const known = scores.get(item);
        if (!known) scores.set(item, { score: part, most: part, list, place });
        else {
          known.score += part;
          if (part > known.most) Object.assign(known, { most: part, list, place });
        }
      }
    });
    [...scores]
      .sort(([a, { score: x }], [b, { score: y }]) => y - x || a - b)
      .slice(0, all.count)
      .forEach(([, { score, list, place }], rank) => {
        const to = customer * all.count + rank;
        copyPlace(list, place, all, to);
        all.scores[to] = score;
      });
  }
}
