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

/** How many values of a group are less than one of them, and equal to it, and the next greater one. */
interface Standing {
  less: number;
  equal: number;
  next: number;
}

/** Where values stand among those of their group. */
function standingsOf(
  column: CustomerColumn,
  groups: Groups | undefined,
  asked: readonly Float64Array[],
): Standing[][] {
  const found = asked.map(values =>
    Array.from(values, () => ({ less: 0, equal: 0, next: Number.POSITIVE_INFINITY })),
  );
  for (const { from, to } of ranges(column.length)) {
    const some = column.part(from, to);
    const own = groups?.of.part(from, to);
    for (let i = 0; i < to - from; i++) {
      const [value, group] = [some[i]!, own ? own[i]! : 0];
      if (group < 0 || Number.isNaN(value)) continue;
      const values = asked[group]!;
      for (let j = 0; j < values.length; j++) {
        const standing = found[group]![j]!;
        if (value < values[j]!) standing.less++;
        else if (value === values[j]) standing.equal++;
        else if (value < standing.next) standing.next = value;
      }
    }
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
    return thresholds.map((_, i) => {
      const { less, equal, next } = standings[group]![i]!;
      const place = (less + less + equal) / 2 / count;
      const score = Math.min(quantiles, 1 + Math.floor(place * quantiles));
      return score > i + 1 ? own[i]! : next;
    });
  });
}

/** Score of a value, 1 to `thresholds.length + 1`; 0 for NaN. `reversed`: the smallest values score highest. */
export function quantileScore(value: number, thresholds: Float64Array, reversed = false): number {
  if (Number.isNaN(value)) return 0;
  const signed = reversed ? -value : value;
  let score = 1;
  while (score <= thresholds.length && signed >= thresholds[score - 1]!) score++;
  return score;
}
