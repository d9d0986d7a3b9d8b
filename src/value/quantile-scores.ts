import { type CustomerColumn, type CustomerNumbers, columnOf, ranges } from '../customer-column.js';
import { type Groups, valuesAtRanks } from '../values-at-ranks.js';

/** A column with the signs turned round. */
function negated(column: CustomerColumn): CustomerColumn {
  return {
    length: column.length,
    part(from, to) {
      const values = Float64Array.from(column.part(from, to));
      for (let i = 0; i < values.length; i++) values[i] = -values[i]!;
      return values;
    },
  };
}

/** How many of the ascending numbers are less than `value`; with `orEqual` those that are equal count, too. */
function countBelow(ascending: Float64Array, value: number, orEqual: boolean): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (orEqual ? ascending[middle]! <= value : ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Of each of some values: how many of its group are less, how many are equal, and the next greater one. */
interface Standings {
  less: Float64Array;
  equal: Float64Array;
  next: Float64Array;
}

/** Where values, ascending in each group, stand among those of their group. */
function standingsOf(
  column: CustomerColumn,
  groups: Groups | undefined,
  asked: readonly Float64Array[],
): Standings[] {
  const found = asked.map(({ length }) => ({
    less: new Float64Array(length + 1),
    equal: new Float64Array(length + 1),
    next: new Float64Array(length + 1).fill(Number.POSITIVE_INFINITY),
  }));
  for (const { from, to } of ranges(column.length)) {
    const some = column.part(from, to);
    const own = groups?.of.part(from, to);
    for (let i = 0; i < to - from; i++) {
      const [value, group] = [some[i]!, own ? own[i]! : 0];
      if (group < 0 || Number.isNaN(value)) continue;
      const { less, equal, next } = found[group]!;
      // Of those asked for, [0, before) are less than the value and [after, …) greater. Summed up below.
      const before = countBelow(asked[group]!, value, false);
      const after = countBelow(asked[group]!, value, true);
      less[after]!++;
      equal[before]!++;
      equal[after]!--;
      if (before > 0 && value < next[before - 1]!) next[before - 1] = value;
    }
  }
  for (const { less, equal, next } of found) {
    for (let j = 1; j < less.length; j++) {
      less[j]! += less[j - 1]!;
      equal[j]! += equal[j - 1]!;
    }
    for (let j = next.length - 2; j >= 0; j--) next[j] = Math.min(next[j]!, next[j + 1]!);
  }
  return found;
}

/**
 * The values at which the scores 2, 3, … `quantiles` begin, from the values of all customers (any order, NaN left out), of each
 * group by itself where there are groups. A value's place is the middle of its ties in the sorted column,
 * (smaller + equal / 2) / n, and its score the quantile that place falls into. So equal values always score the same, and
 * turning the scale round turns the scores round. A score that no value gets begins where the next one does; a column of one
 * value has the middle score only.
 *
 * @param reversed the values are taken by their negatives.
 * @returns by group.
 */
export function quantileThresholds(
  values: CustomerNumbers,
  quantiles: number,
  { reversed = false, groups }: { reversed?: boolean; groups?: Groups } = {},
): Float64Array[] {
  const column = reversed ? negated(columnOf(values)) : columnOf(values);
  const counts: number[] = [];
  // Of each score the value at which it would begin if all values differed: it begins there, or at the next value.
  const near = valuesAtRanks(column, groups, count => {
    counts.push(count);
    return Array.from({ length: quantiles - 1 }, (_, i) => Math.floor(((i + 1) * count) / quantiles));
  });
  const standings = standingsOf(column, groups, near);
  let known = 0;
  return near.map((own, group) => {
    const thresholds = new Float64Array(quantiles - 1).fill(Number.POSITIVE_INFINITY);
    if (own.length === 0) return thresholds;
    const count = counts[known++]!;
    const { less, equal, next } = standings[group]!;
    return thresholds.map((_, i) => {
      const place = (2 * less[i]! + equal[i]!) / 2 / count;
      const score = Math.min(quantiles, 1 + Math.floor(place * quantiles));
      return score > i + 1 ? own[i]! : next[i]!;
    });
  });
}

/** Score of a value, 1 to `thresholds.length + 1`; 0 for NaN. `reversed`: the smallest values score highest. */
export function quantileScore(value: number, thresholds: Float64Array, reversed = false): number {
  return Number.isNaN(value) ? 0 : 1 + countBelow(thresholds, reversed ? -value : value, true);
}
