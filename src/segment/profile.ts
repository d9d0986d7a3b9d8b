import { UsageError } from '../errors.js';
import { Ranks } from './ranks.js';
import { nameSegments } from './segment-names.js';
import type { Distinction, FeatureProfile, SegmentProfile } from './segment-profile.js';
import { median, quantile } from './select.js';

/** A feature in its own unit, before scaling. */
export interface RawFeature {
  name: string;
  /** `[customers]`; NaN is a missing value. A function reads them, for one feature at a time to be in memory. */
  values: ArrayLike<number> | (() => ArrayLike<number>);
}

/** The values of a feature, which last until those of the next are asked for. */
export function valuesOf({ values }: RawFeature): ArrayLike<number> {
  return typeof values === 'function' ? values() : values;
}

export interface ProfileInput {
  /** `[customers]`, segments 0 … k - 1; a customer below 0 belongs to none. */
  labels: Int32Array;
  k: number;
  features: readonly RawFeature[];
  /** `[customers]`, for the segments' shares of the revenue. */
  revenue?: ArrayLike<number>;
}

/** Standard deviations of rank from which a feature sets a segment apart, and from which it does so by far. */
const distinct = 0.4;
const veryDistinct = 1.2;

/** Customers whose ranks stand for their segment's: their mean is right to 0.005. */
const rankedCustomers = 4096;

/**
 * What the segments are like: their size, their share of revenue, each feature's mean and median, what sets
 * them apart and a name for it.
 */
export function profileSegments({ labels, k, features, revenue }: ProfileInput): SegmentProfile[] {
  if (revenue) checkLength('revenue', revenue, labels.length);
  const sizes = sumBySegment(labels, k);
  const revenues = revenue && sumBySegment(labels, k, revenue);
  const totalRevenue = revenue ? sum(revenue) : Number.NaN;
  // For all features one after another: what is let go of is freed late.
  const room = new Float64Array(sum(sizes));
  const byFeature = features.map(feature => profileFeature(feature, labels, sizes, room));

  const profiles = Array.from(sizes, (size, segment) => {
    const own = byFeature.map(profiled => profiled[segment]);
    return {
      segment,
      size,
      share: size / labels.length,
      revenue: revenues ? revenues[segment] : Number.NaN,
      revenueShare: revenues ? revenues[segment] / totalRevenue : Number.NaN,
      features: own,
      distinctions: distinctionsOf(own),
    };
  });
  const names = nameSegments(profiles);
  return profiles.map((profile, segment) => ({ ...profile, name: names[segment] }));
}

function checkLength(name: string, values: ArrayLike<number>, customers: number): void {
  if (values.length === customers) return;
  throw new UsageError({ expected: `${customers} values of ${name}`, found: `${values.length}` });
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total;
}

function sumBySegment(labels: Int32Array, k: number, values?: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(k);
  for (let i = 0; i < labels.length; i++) if (labels[i] >= 0) sums[labels[i]] += values ? values[i] : 1;
  return sums;
}

/** Values of each segment, side by side, without the missing ones. */
function groupValues(
  values: ArrayLike<number>,
  labels: Int32Array,
  sizes: Float64Array,
  room: Float64Array,
): Float64Array[] {
  let end = 0;
  const groups = Array.from(sizes, size => {
    end += size;
    return room.subarray(end - size, end);
  });
  const lengths = new Int32Array(sizes.length);
  for (let i = 0; i < labels.length; i++) {
    const segment = labels[i];
    if (segment >= 0 && !Number.isNaN(values[i])) groups[segment][lengths[segment]++] = values[i];
  }
  return groups.map((group, segment) => group.subarray(0, lengths[segment]));
}

function meanAndDeviation(values: ArrayLike<number>): { mean: number; deviation: number } {
  let [count, total, squares] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue;
    count++;
    total += values[i];
  }
  const mean = total / count;
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i])) squares += (values[i] - mean) ** 2;
  return { mean, deviation: count > 0 ? Math.sqrt(squares / count) : 0 };
}

function profileFeature(
  feature: RawFeature,
  labels: Int32Array,
  sizes: Float64Array,
  room: Float64Array,
): FeatureProfile[] {
  const { name } = feature;
  const values = valuesOf(feature);
  checkLength(name, values, labels.length);
  const overall = meanAndDeviation(values);
  const ranks = new Ranks(values);
  return groupValues(values, labels, sizes, room).map(group => {
    const step = Math.max(1, group.length / rankedCustomers);
    let [ranked, rankSum] = [0, 0];
    for (let place = 0; place < group.length; place += step, ranked++) {
      rankSum += ranks.of(group[Math.floor(place)]);
    }
    const rank = ranked > 0 ? rankSum / ranked : 0.5;
    const { mean, deviation } = meanAndDeviation(group);
    return {
      name,
      mean,
      median: median(group),
      deviation,
      lowerQuartile: quantile(group, 0.25),
      upperQuartile: quantile(group, 0.75),
      lift: overall.mean > 0 ? mean / overall.mean : Number.NaN,
      difference: overall.deviation > 0 && group.length > 0 ? (mean - overall.mean) / overall.deviation : 0,
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
