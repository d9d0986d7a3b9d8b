import { leastMovement } from '../../recommend/moved-neighbours.js';

/** The first places of a ranking. */
interface Head {
  /** Items, best first. */
  items: Int32Array;
  /** Weight that an item has to exceed to stand here, 0 where all have a place. */
  floor: number;
  /** Sum of the weights. */
  sum: number;
}

/** Items that anything speaks for, best first, as they are recommended. */
function rankingOf(weights: Float64Array): Int32Array {
  return Int32Array.from(weights.keys())
    .filter(item => weights[item] > 0)
    .sort((a, b) => weights[b] - weights[a] || a - b);
}

function headOf(weights: Float64Array, ranking: Int32Array, places: number): Head {
  const items = ranking.subarray(0, places);
  return {
    items,
    floor: ranking.length > places ? weights[ranking[places - 1]] : 0,
    sum: items.reduce((sum, item) => sum + weights[item], 0),
  };
}

/**
 * How far the first places of a ranking have moved: the sum of the differences of the items' weights, as far as they exceed
 * that of the last place, over the sum of the weights in these places. What stands behind them does not count, as nobody is
 * shown it. It obeys the triangle inequality, and is 0 only where the same items stand there in the same order with the same
 * scores, which are shares of the weight of the first one.
 *
 * @param now `[items]`, weights; at least 0
 * @param before those of another time
 * @returns the movement of that many places
 */
export function headMovement(now: Float64Array, before: Float64Array): (places: number) => number {
  const [ranking, rankingBefore] = [rankingOf(now), rankingOf(before)];
  const known = new Map<number, number>();
  const moved = (places: number): number => {
    const [head, earlier] = [headOf(now, ranking, places), headOf(before, rankingBefore, places)];
    if (head.sum === 0 || earlier.sum === 0) return head.sum === earlier.sum ? 0 : 1;
    const score = (item: number) => Math.fround(now[item] / now[ranking[0]]);
    const scoreBefore = (item: number) => Math.fround(before[item] / before[rankingBefore[0]]);
    const isSame =
      head.items.length === earlier.items.length &&
      head.items.every((item, place) => item === earlier.items[place] && score(item) === scoreBefore(item));
    if (isSame) return 0;
    const excess = (weights: Float64Array, item: number, { floor, sum }: Head) =>
      Math.max(0, weights[item] - floor) / sum;
    const either = new Set([...head.items, ...earlier.items]);
    let total = 0;
    for (const item of either) total += Math.abs(excess(now, item, head) - excess(before, item, earlier));
    return Math.max(total, leastMovement);
  };
  return places => {
    const found = known.get(places) ?? moved(places);
    known.set(places, found);
    return found;
  };
}
