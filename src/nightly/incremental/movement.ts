import { ranges, readerOf } from '../../customer-column.js';
import type { Csr } from '../../ops/index.js';
import {
  ItemNeighbours,
  Popularity,
  type Recommender,
  SegmentFavourites,
  Trending,
} from '../../recommend/index.js';
import { leastMovement, movedNeighbours, renumbered } from '../../recommend/moved-neighbours.js';
import type { ModelCircles } from '../recommend/recommender-model.js';
import type { Circles } from '../recommend/shop.js';
import { headMovement } from './head-movement.js';

/**
 * How far what a recommender says has moved since the last full night, as a share of it: 0 where it says the same, 1 where
 * it says something else altogether.
 */
export interface Movement {
  overall: number;
  /** Of what is said to the customer with this number, who has a row of the matrix. */
  of(customer: number, matrix: Csr, row: number): number;
}

/** A movement that is the same for everybody. */
export function everywhere(overall: number): Movement {
  return { overall, of: () => overall };
}

/** Half the sum of the differences of two lists of shares; 0 only where the lists themselves are the same. */
export function shift(now: ArrayLike<number>, before: ArrayLike<number>): number {
  const sum = (values: ArrayLike<number>) => Float64Array.from(values).reduce((all, value) => all + value, 0);
  const [all, allBefore] = [sum(now), sum(before)];
  if (all === 0 || allBefore === 0) return all === allBefore ? 0 : 1;
  let [total, isSame] = [0, true];
  for (let i = 0; i < now.length; i++) {
    total += Math.abs(now[i] / all - before[i] / allBefore);
    if (now[i] !== before[i]) isSame = false;
  }
  return isSame ? 0 : Math.max(total / 2, leastMovement);
}

/** Values by the numbers that items have in today's catalogue, 0 for new ones. */
export function inPlace(values: Float64Array, numbers: Int32Array, items: number): Float64Array {
  const placed = new Float64Array(items);
  numbers.forEach((number, before) => {
    if (number >= 0) placed[number] = values[before];
  });
  return placed;
}

/** The score of an item is a sum over those of the customer: so is how far it has moved at most. */
function ofItems(now: ItemNeighbours, before: ItemNeighbours, catalogue: Catalogue): Movement {
  const earlier = renumbered(before.similar, catalogue.numbers, catalogue.items);
  const { differences, sums } = movedNeighbours(now.similar, earlier, now.options.neighbours);
  const share = (difference: number, sum: number) =>
    difference === 0 ? 0 : sum > 0 ? Math.max(leastMovement, difference / sum) : 1;
  const { customersOf } = now.popularity;
  const over = (values: Float64Array) =>
    values.reduce((sum, value, item) => sum + customersOf[item] * value, 0);
  return {
    overall: share(over(differences), over(sums)),
    of(_, { indptr, indices, values }, row) {
      let [difference, sum] = [0, 0];
      for (let p = indptr[row]; p < indptr[row + 1]; p++) {
        difference += values[p] * differences[indices[p]];
        sum += values[p] * sums[indices[p]];
      }
      return share(difference, sum);
    },
  };
}

function ofCircles(
  now: SegmentFavourites,
  before: SegmentFavourites,
  { numbers, items, circle, circleBefore }: Catalogue,
): Movement {
  const { names, codes } = circle!;
  const moved = names.map((name, code) => {
    const earlier = circleBefore?.names.indexOf(name) ?? -1;
    if (earlier < 0) return 1;
    return shift(now.sharesOf(code), inPlace(before.sharesOf(earlier), numbers, items));
  });
  const inEach = new Float64Array(names.length);
  for (const { from, to } of ranges(codes.length)) {
    for (const code of codes.part(from, to)) if (code >= 0) inEach[code]++;
  }
  const codeOf = readerOf(codes);
  return {
    overall: moved.reduce((sum, value, code) => sum + value * inEach[code], 0) / (codes.length || 1),
    of: customer => moved[codeOf(customer)] ?? 0,
  };
}

/** Everybody is shown the same ranking but for what they have: only its first places count. */
function ofFirstPlaces({ weights }: Trending, before: Float64Array, { shown }: Catalogue): Movement {
  if (!shown) return everywhere(shift(weights, before));
  const { places, excludeOwned } = shown;
  const moved = headMovement(weights, before);
  return {
    overall: moved(places),
    of: (_, { indptr }, row) => moved(places + (excludeOwned ? indptr[row + 1] - indptr[row] : 0)),
  };
}

/** What the numbers of two recommenders of one name stand for. */
export interface Catalogue {
  /** Of the items by their numbers before, -1 for those that are gone. */
  numbers: Int32Array;
  items: number;
  /** The groups that favourites are of. */
  circle?: Circles;
  circleBefore?: ModelCircles;
  /** The longest lists that are asked for, of the whole ranking where not told: rules look at items further down. */
  shown?: { places: number; excludeOwned: boolean };
}

/**
 * How far a recommender has moved from an earlier one of the same settings; undefined of one that is not compared by what it
 * says.
 */
export function movementOf(
  now: Recommender,
  before: Recommender,
  catalogue: Catalogue,
): Movement | undefined {
  const { numbers, items } = catalogue;
  if (now instanceof ItemNeighbours && before instanceof ItemNeighbours)
    return ofItems(now, before, catalogue);
  if (now instanceof Popularity && before instanceof Popularity) {
    const moved = shift(now.customersOf, before.renumbered(numbers, items).customersOf);
    // The share of all customers who have an item is its score.
    return everywhere(now.customers === before.customers ? moved : Math.max(moved, leastMovement));
  }
  if (now instanceof Trending && before instanceof Trending) {
    return ofFirstPlaces(now, inPlace(before.weights, numbers, items), catalogue);
  }
  if (now instanceof SegmentFavourites && before instanceof SegmentFavourites && catalogue.circle) {
    return ofCircles(now, before, catalogue);
  }
  return undefined;
}

/** A movement of several, each by its share of what is said. */
export function together(parts: readonly { movement: Movement; weight: number }[]): Movement {
  const all = parts.reduce((sum, { weight }) => sum + weight, 0);
  const mean = (moved: (movement: Movement) => number) =>
    parts.reduce((sum, { movement, weight }) => sum + (weight / all) * moved(movement), 0);
  return {
    overall: mean(movement => movement.overall),
    of: (customer, matrix, row) => mean(movement => movement.of(customer, matrix, row)),
  };
}
