import { type CustomerColumn, ranges } from './customer-column.js';

/** Values that are sorted at a time, of all groups together. */
const mostSorted = 1 << 20;

/** Buckets that a range of too many values is cut into, and ranges that are cut in one pass. */
const buckets = 2048;
const mostCuts = 128;

/** Customers in groups of which each is looked at by itself. */
export interface Groups {
  /** `[customers]`, the number of each one's group, 0 … count - 1; below 0 for none. */
  of: CustomerColumn;
  count: number;
}

/** Values of a group from the least to the greatest, among which there are some that are looked for. */
interface Range {
  group: number;
  least: number;
  greatest: number;
  count: number;
  /** Values of the group that are less. */
  below: number;
  /** Places in the result, and the ranks that are wanted there. */
  wanted: { place: number; rank: number }[];
}

/** A range with room for what a pass finds of it. */
interface Sorting extends Range {
  values: Float64Array;
  filled: number;
}

interface Cutting extends Range {
  counts: Float64Array;
  leasts: Float64Array;
  greatests: Float64Array;
}

function eachValue(
  values: CustomerColumn,
  groups: Groups | undefined,
  look: (value: number, group: number) => void,
): void {
  for (const { from, to } of ranges(values.length)) {
    const some = values.part(from, to);
    const own = groups?.of.part(from, to);
    for (let i = 0; i < to - from; i++) {
      const group = own ? own[i] : 0;
      if (group >= 0 && !Number.isNaN(some[i])) look(some[i], group);
    }
  }
}

/** The whole range of each group. */
function wholeRanges(values: CustomerColumn, groups: Groups | undefined): Omit<Range, 'wanted'>[] {
  const count = groups?.count ?? 1;
  const counts = new Float64Array(count);
  const leasts = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  const greatests = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  eachValue(values, groups, (value, group) => {
    counts[group]++;
    if (value < leasts[group]) leasts[group] = value;
    if (value > greatests[group]) greatests[group] = value;
  });
  return Array.from(counts, (own, group) => ({
    group,
    least: leasts[group],
    greatest: greatests[group],
    count: own,
    below: 0,
  }));
}

/** Halves, so that the width of a range is finite whatever its ends. */
function bucketOf({ least, greatest }: Range, value: number): number {
  return Math.min(buckets - 1, Math.floor(((value / 2 - least / 2) / (greatest / 2 - least / 2)) * buckets));
}

/** The buckets of a range among whose values there are some that are looked for. */
function narrowed({ group, below, wanted, counts, leasts, greatests }: Cutting): Range[] {
  const found = new Map<number, Range>();
  let [bucket, before] = [0, below];
  for (const { place, rank } of wanted) {
    while (rank >= before + counts[bucket]) before += counts[bucket++];
    const range = found.get(bucket) ?? {
      group,
      least: leasts[bucket],
      greatest: greatests[bucket],
      count: counts[bucket],
      below: before,
      wanted: [],
    };
    found.set(bucket, range);
    range.wanted.push({ place, rank });
  }
  return [...found.values()];
}

/**
 * The values of some ranks among those of each group, 0 being the rank of the least: what sorting them would put in these
 * places. Memory does not grow with the customers: ranges of more values than can be sorted are cut until they can.
 *
 * @param ranksOf the ranks that are wanted of so many values, ascending; none of a group without any.
 * @returns by group, in the order of its ranks. NaN is no value.
 */
export function valuesAtRanks(
  values: CustomerColumn,
  groups: Groups | undefined,
  ranksOf: (count: number) => readonly number[],
): Float64Array[] {
  const found: Float64Array[] = [];
  let open = wholeRanges(values, groups).flatMap((range): Range[] => {
    const wanted = range.count > 0 ? ranksOf(range.count).map((rank, place) => ({ place, rank })) : [];
    found.push(new Float64Array(wanted.length));
    return wanted.length > 0 ? [{ ...range, wanted }] : [];
  });
  while (open.length > 0) {
    const later: Range[] = [];
    const sortings: Sorting[] = [];
    const cuttings: Cutting[] = [];
    let room = mostSorted;
    for (const range of open) {
      if (range.least === range.greatest) {
        for (const { place } of range.wanted) found[range.group][place] = range.least;
      } else if (range.count <= room || !Number.isFinite(range.least) || !Number.isFinite(range.greatest)) {
        // A range without an end cannot be cut.
        room -= range.count;
        sortings.push({ ...range, values: new Float64Array(range.count), filled: 0 });
      } else if (cuttings.length < mostCuts) {
        const counts = new Float64Array(buckets);
        const leasts = new Float64Array(buckets).fill(Number.POSITIVE_INFINITY);
        const greatests = new Float64Array(buckets).fill(Number.NEGATIVE_INFINITY);
        cuttings.push({ ...range, counts, leasts, greatests });
      } else later.push(range);
    }
    if (sortings.length + cuttings.length > 0) fill(values, groups, sortings, cuttings);
    for (const { group, below, wanted, values: own } of sortings) {
      own.sort();
      for (const { place, rank } of wanted) found[group][place] = own[rank - below];
    }
    open = [...cuttings.flatMap(narrowed), ...later];
  }
  return found;
}

function fill(
  values: CustomerColumn,
  groups: Groups | undefined,
  sortings: readonly Sorting[],
  cuttings: readonly Cutting[],
): void {
  const ofGroup = Array.from({ length: groups?.count ?? 1 }, (): (Sorting | Cutting)[] => []);
  for (const range of [...sortings, ...cuttings]) ofGroup[range.group].push(range);
  eachValue(values, groups, (value, group) => {
    for (const range of ofGroup[group]) {
      if (value < range.least || value > range.greatest) continue;
      if ('values' in range) range.values[range.filled++] = value;
      else {
        const bucket = bucketOf(range, value);
        range.counts[bucket]++;
        if (value < range.leasts[bucket]) range.leasts[bucket] = value;
        if (value > range.greatests[bucket]) range.greatests[bucket] = value;
      }
      return;
    }
  });
}
