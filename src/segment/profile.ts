import { type CustomerColumn, type CustomerNumbers, columnOf, ranges } from '../customer-column.js';
import { UsageError } from '../errors.js';
import { type Groups, valuesAtRanks } from '../values-at-ranks.js';
import { Ranks } from './ranks.js';
import { nameSegments } from './segment-names.js';
import type { Distinction, FeatureProfile, SegmentProfile } from './segment-profile.js';

/** A feature in its own unit, before scaling. */
export interface RawFeature {
  name: string;
  /** `[customers]`; NaN is a missing value. */
  values: CustomerNumbers;
}

export interface ProfileInput {
  /** `[customers]`, segments 0 … k - 1; a customer below 0 belongs to none. */
  labels: CustomerNumbers;
  k: number;
  features: readonly RawFeature[];
  /** `[customers]`, for the segments' shares of the revenue. */
  revenue?: CustomerNumbers;
}

/** Standard deviations of rank from which a feature sets a segment apart, and from which it does so by far. */
const distinct = 0.4;
const veryDistinct = 1.2;

/** Customers whose ranks stand for their segment's: their mean is right to 0.005. */
const rankedCustomers = 4096;

/**
 * What the segments are like: their size, their share of revenue, each feature's mean and median, what sets
 * them apart and a name for it. Customers are looked at some at a time: memory does not grow with them.
 */
export function profileSegments({ labels, k, features, revenue }: ProfileInput): SegmentProfile[] {
  const segments = { of: columnOf(labels), count: k };
  const customers = labels.length;
  if (revenue) checkLength('revenue', revenue, customers);
  const sizes = sizesOf(segments);
  const sums = revenue && sumsOf(columnOf(revenue), segments);
  const byFeature = features.map(feature => profileFeature(feature, segments));

  const profiles = Array.from(sizes, (size, segment) => {
    const own = byFeature.map(profiled => profiled[segment]);
    return {
      segment,
      size,
      share: size / customers,
      revenue: sums ? sums.own[segment] : Number.NaN,
      revenueShare: sums ? sums.own[segment] / sums.all : Number.NaN,
      features: own,
      distinctions: distinctionsOf(own),
    };
  });
  const names = nameSegments(profiles);
  return profiles.map((profile, segment) => ({ ...profile, name: names[segment] }));
}

function checkLength(name: string, { length }: CustomerNumbers, customers: number): void {
  if (length === customers) return;
  throw new UsageError({ expected: `${customers} values of ${name}`, found: `${length}` });
}

/** Customers of each segment. */
export function sizesOf({ of, count }: Groups): Float64Array {
  const sizes = new Float64Array(count);
  for (const { from, to } of ranges(of.length)) {
    const labels = of.part(from, to);
    for (let i = 0; i < to - from; i++) if (labels[i] >= 0) sizes[labels[i]]++;
  }
  return sizes;
}

function sumsOf(values: CustomerColumn, { of, count }: Groups): { all: number; own: Float64Array } {
  const own = new Float64Array(count);
  let all = 0;
  for (const { from, to } of ranges(values.length)) {
    const [some, labels] = [values.part(from, to), of.part(from, to)];
    for (let i = 0; i < to - from; i++) {
      all += some[i];
      if (labels[i] >= 0) own[labels[i]] += some[i];
    }
  }
  return { all, own };
}

/** Figures of all customers, and then of those of each segment. */
interface Moments {
  counts: Float64Array;
  means: Float64Array;
  deviations: Float64Array;
}

/** Calls with each value that is known and the place of its segment in {@link Moments}, 0 or less for who is in none. */
function eachValue(
  values: CustomerColumn,
  { of }: Groups,
  look: (value: number, place: number) => void,
): void {
  for (const { from, to } of ranges(values.length)) {
    const [some, labels] = [values.part(from, to), of.part(from, to)];
    for (let i = 0; i < to - from; i++) if (!Number.isNaN(some[i])) look(some[i], labels[i] + 1);
  }
}

function momentsOf(values: CustomerColumn, segments: Groups): Moments {
  const room = () => new Float64Array(segments.count + 1);
  const [counts, totals, squares] = [room(), room(), room()];
  eachValue(values, segments, (value, place) => {
    counts[0]++;
    totals[0] += value;
    if (place <= 0) return;
    counts[place]++;
    totals[place] += value;
  });
  const means = totals.map((total, place) => total / counts[place]);
  eachValue(values, segments, (value, place) => {
    squares[0] += (value - means[0]) ** 2;
    if (place > 0) squares[place] += (value - means[place]) ** 2;
  });
  const deviations = squares.map((sum, place) => (counts[place] > 0 ? Math.sqrt(sum / counts[place]) : 0));
  return { counts, means, deviations };
}

/** Mean rank of each segment's customers among all, of some of them where they are many. */
function meanRanks(values: CustomerColumn, segments: Groups, ranks: Ranks, { counts }: Moments): number[] {
  const found = Array.from(counts.subarray(1), count => ({
    step: Math.max(1, count / rankedCustomers),
    seen: 0,
    next: 0,
    ranked: 0,
    sum: 0,
  }));
  eachValue(values, segments, (value, place) => {
    if (place <= 0) return;
    const own = found[place - 1];
    if (own.seen++ !== Math.floor(own.next)) return;
    own.next += own.step;
    own.ranked++;
    own.sum += ranks.of(value);
  });
  return found.map(({ ranked, sum }) => (ranked > 0 ? sum / ranked : 0.5));
}

/** Ranks of the values that quartiles and median lie between. */
function quartileRanks(count: number): number[] {
  const next = (rank: number) => Math.min(rank + 1, count - 1);
  const [lower, upper] = [0.25, 0.75].map(share => Math.floor(share * (count - 1)));
  return [lower, next(lower), (count - 1) >> 1, count >> 1, upper, next(upper)];
}

/** Lower quartile, median and upper quartile, between two values in proportion; NaN of none. */
function quartilesOf(around: Float64Array, count: number): [number, number, number] {
  if (count === 0) return [Number.NaN, Number.NaN, Number.NaN];
  const between = (share: number, lower: number, upper: number) => {
    const place = share * (count - 1);
    return lower + (place - Math.floor(place)) * (upper - lower);
  };
  const median = count % 2 === 1 ? around[2] : (around[2] + around[3]) / 2;
  return [between(0.25, around[0], around[1]), median, between(0.75, around[4], around[5])];
}

function profileFeature({ name, values }: RawFeature, segments: Groups): FeatureProfile[] {
  checkLength(name, values, segments.of.length);
  const column = columnOf(values);
  const moments = momentsOf(column, segments);
  const { counts, means, deviations } = moments;
  const [overall, deviation] = [means[0], deviations[0]];
  const ranks = new Ranks(column);
  const rankOf = meanRanks(column, segments, ranks, moments);
  return valuesAtRanks(column, segments, quartileRanks).map((around, segment) => {
    const [count, mean] = [counts[segment + 1], means[segment + 1]];
    const [lowerQuartile, median, upperQuartile] = quartilesOf(around, count);
    const rank = rankOf[segment];
    return {
      name,
      mean,
      median,
      deviation: deviations[segment + 1],
      lowerQuartile,
      upperQuartile,
      lift: overall > 0 ? mean / overall : Number.NaN,
      difference: deviation > 0 && count > 0 ? (mean - overall) / deviation : 0,
      rank,
      rankDifference: ranks.deviation > 0 ? (rank - 0.5) / ranks.deviation : 0,
    };
  });
}

function distinctionsOf(features: readonly FeatureProfile[]): Distinction[] {
  return features
    .filter(({ rankDifference }) => Math.abs(rankDifference) >= distinct)
    .sort((a, b) => Math.abs(b.rankDifference) - Math.abs(a.rankDifference))
    .map(({ name, difference, rankDifference }) => ({
      feature: name,
      direction: rankDifference > 0 ? 'high' : 'low',
      very: Math.abs(rankDifference) >= veryDistinct,
      difference,
      rankDifference,
    }));
}
