import { type CustomerColumn, ranges } from '../customer-column.js';
import type { CustomerFeatures } from '../data/index.js';
import { mean as meanOf } from '../data/scaler.js';
import {
  type DescribedSegment,
  matchSegments,
  populationStability,
  stabilityOfShares,
} from '../segment/index.js';
import { sizesOf } from '../segment/profile.js';
import type { PreviousSegments } from './previous-segments.js';

type Customers = Pick<CustomerFeatures, 'names' | 'raw' | 'rows'>;

/** How one segment has changed. */
export interface SegmentDrift {
  segment: number;
  name: string;
  size: number;
  share: number;
  /** The segment that it continues; null for a new one. */
  previous: { segment: number; name: string; size: number; share: number } | null;
  /** Customers who were in the segment that it continues, came from another one or none, or left for another one. */
  stayed: number;
  joined: number;
  left: number;
  /** How far the centroid moved, in standard deviations of a feature (root mean square); NaN for a new one. */
  moved: number;
  /** The feature whose mean moved most, in standard deviations. */
  most: { feature: string; before: number; now: number } | null;
}

export interface FeatureDrift {
  feature: string;
  /** Population stability index. */
  psi: number;
  warning: boolean;
  previousMean: number;
  mean: number;
}

/** What has become of the segments since an earlier run. */
export interface DriftReport {
  previous: { folder: string; customers: number; k: number };
  /** By what segments were matched. */
  matchedBy: 'customers' | 'centroids';
  segments: SegmentDrift[];
  /** Earlier segments that none continues. */
  vanished: { segment: number; name: string; size: number }[];
  features: FeatureDrift[];
  /** Features that only one of the two models has. */
  notCompared: string[];
  /** Population stability index of the shares of the segments. */
  segmentsPsi: number;
  migration: Migration;
  warnings: string[];
}

export interface Migration {
  /** Customers of both runs. */
  known: number;
  /** Of those, how many have another segment than the one that continues theirs. */
  changed: number;
  /** Customers of this run alone, and of the earlier one alone. */
  joined: number;
  gone: number;
  /** The largest first, of those who changed. */
  flows: Flow[];
  /** Of all customers of both runs, by the earlier segment, then by the one of now. */
  pairs: Flow[];
}

/** Customers who were in one segment and are in another or the same; -1 for none (noise). */
export interface Flow {
  from: number;
  to: number;
  customers: number;
}

/** Means of the features that both have, by segment, in standard deviations of the earlier customers. */
function comparable({ names }: Pick<Customers, 'names'>, { reference }: PreviousSegments) {
  return names.flatMap((name, now) => {
    const before = reference.features.findIndex(feature => feature.name === name);
    if (before < 0) return [];
    const { deviation } = reference.features[before];
    return [{ name, now, before, unit: deviation > 0 ? deviation : 1 }];
  });
}

function means(customers: Customers, labels: CustomerColumn, k: number): Float64Array[] {
  const sizes = sizesOf({ of: labels, count: k });
  return customers.names.map((_, f) => {
    const sums = new Float64Array(k);
    for (const { from, to } of ranges(labels.length)) {
      const [values, own] = [customers.raw(f).part(from, to), labels.part(from, to)];
      for (let i = 0; i < own.length; i++) if (own[i] >= 0) sums[own[i]] += values[i];
    }
    return sums.map((sum, segment) => sum / sizes[segment]);
  });
}

/** Calls with the earlier segment of each customer and the one of now. */
function eachMove(
  earlier: CustomerColumn | undefined,
  labels: CustomerColumn,
  look: (from: number, to: number) => void,
): void {
  for (const { from, to } of ranges(earlier?.length ?? 0)) {
    const [before, now] = [earlier!.part(from, to), labels.part(from, to)];
    for (let i = 0; i < before.length; i++) look(before[i], now[i]);
  }
}

/**
 * Which earlier segment each one continues, and by what that was told.
 *
 * @param earlier `[customers]`, the earlier segment, -1 for noise, -2 for a customer who was not there.
 */
export function matchToPrevious(
  customers: Customers,
  labels: CustomerColumn,
  k: number,
  previous: PreviousSegments,
  earlier: CustomerColumn | undefined,
): { matched: Int32Array; by: DriftReport['matchedBy'] } {
  const earlierK = previous.reference.segments.length;
  const shared = new Float64Array(k * earlierK);
  let common = 0;
  eachMove(earlier, labels, (from, to) => {
    if (from < 0 || from >= earlierK || to < 0) return;
    shared[to * earlierK + from]++;
    common++;
  });
  if (common > 0) return { matched: matchSegments(k, earlierK, { shared }), by: 'customers' };
  const features = comparable(customers, previous);
  const now = means(customers, labels, k);
  const distances = new Float64Array(k * earlierK);
  for (let segment = 0; segment < k; segment++) {
    previous.reference.segments.forEach((other, p) => {
      for (const { now: f, before, unit } of features) {
        distances[segment * earlierK + p] += ((now[f][segment] - other.means[before]) / unit) ** 2;
      }
    });
  }
  const matched =
    features.length > 0 ? matchSegments(k, earlierK, { distances }) : new Int32Array(k).fill(-1);
  return { matched, by: 'centroids' };
}

/**
 * How the segments have changed.
 *
 * @param options.matched `[k]`, as {@link matchToPrevious} found, by the numbers that the segments have now.
 * @param options.earlier `[customers]`, as for {@link matchToPrevious}.
 */
export function driftReport(
  customers: Customers,
  labels: CustomerColumn,
  segments: readonly DescribedSegment[],
  previous: PreviousSegments,
  {
    matched,
    by,
    warn,
    earlier,
  }: { matched: Int32Array; by: DriftReport['matchedBy']; warn: number; earlier: CustomerColumn | undefined },
): DriftReport {
  const { reference, folder } = previous;
  const migration = migrationOf(labels, matched, earlier, previous.customers?.count ?? 0);
  const features = featureDrift(customers, previous, warn);
  const names = new Set(reference.features.map(({ name }) => name));
  const notCompared = [
    ...customers.names.filter(name => !names.has(name)),
    ...[...names].filter(name => !customers.names.includes(name)),
  ];
  const continued = new Set(matched);
  const shareNow = (p: number) => segments.find((_, segment) => matched[segment] === p)?.share ?? 0;
  const segmentsPsi = stabilityOfShares(
    [...reference.segments.map(({ size }) => size / reference.customers), 0],
    [
      ...reference.segments.map((_, p) => shareNow(p)),
      segments.reduce((sum, { share }, segment) => sum + (matched[segment] < 0 ? share : 0), 0),
    ],
  );
  return {
    previous: { folder, customers: reference.customers, k: reference.segments.length },
    matchedBy: by,
    segments: segments.map(profile => segmentDrift(customers, profile, labels, earlier, matched, previous)),
    vanished: reference.segments.flatMap(({ name, size }, segment) =>
      continued.has(segment) ? [] : [{ segment, name, size }],
    ),
    features,
    notCompared,
    segmentsPsi,
    migration,
    warnings: features
      .filter(({ warning }) => warning)
      .map(
        ({ feature, psi, previousMean, mean }) =>
          `${feature} has shifted: its mean went from ${short(previousMean)} to ${short(mean)}, stability index ${psi.toFixed(2)} (warning from ${warn} on).`,
      ),
  };
}

function short(value: number): string {
  return Number(value.toPrecision(4)).toLocaleString('en');
}

function featureDrift(customers: Customers, { reference }: PreviousSegments, warn: number): FeatureDrift[] {
  return customers.names.flatMap((feature, f) => {
    const before = reference.features.find(({ name }) => name === feature);
    if (!before) return [];
    const values = customers.raw(f);
    const psi = populationStability(before.distribution, values);
    const mean = meanOf(values);
    return [{ feature, psi, warning: psi >= warn, previousMean: before.mean, mean }];
  });
}

function migrationOf(
  labels: CustomerColumn,
  matched: Int32Array,
  earlier: CustomerColumn | undefined,
  earlierCustomers: number,
): Migration {
  const found = new Map<string, Flow>();
  let joined = 0;
  eachMove(earlier, labels, (from, to) => {
    if (from === -2) {
      joined++;
      return;
    }
    const flow = found.get(`${from} ${to}`) ?? { from, to, customers: 0 };
    flow.customers++;
    found.set(`${from} ${to}`, flow);
  });
  const pairs = [...found.values()].sort((a, b) => a.from - b.from || a.to - b.to);
  // A new segment continues none, noise included.
  const hasStayed = ({ from, to }: Flow) => (to < 0 ? from < 0 : from >= 0 && from === matched[to]);
  const flows = pairs.filter(pair => !hasStayed(pair)).sort((a, b) => b.customers - a.customers);
  const total = (some: readonly Flow[]) => some.reduce((sum, { customers }) => sum + customers, 0);
  const known = total(pairs);
  return {
    known,
    changed: total(flows),
    joined,
    gone: Math.max(0, earlierCustomers - known),
    flows,
    pairs,
  };
}

function segmentDrift(
  customers: Customers,
  { segment, name, size, share, features }: DescribedSegment,
  labels: CustomerColumn,
  earlier: CustomerColumn | undefined,
  matched: Int32Array,
  previous: PreviousSegments,
): SegmentDrift {
  const { reference } = previous;
  const before = reference.segments[matched[segment]];
  let [stayed, joined, left] = [0, 0, 0];
  eachMove(earlier, labels, (from, to) => {
    const wasHere = from >= 0 && from === matched[segment];
    if (to === segment && wasHere) stayed++;
    else if (to === segment) joined++;
    else if (wasHere) left++;
  });
  const unknown = {
    segment,
    name,
    size,
    share,
    previous: null,
    stayed,
    joined,
    left,
    moved: Number.NaN,
    most: null,
  };
  if (!before) return unknown;
  const moves = comparable(customers, previous).map(({ name: feature, now, before: place, unit }) => {
    const [was, is] = [before.means[place], features[now].mean];
    return { feature, before: was, now: is, by: Math.abs(is - was) / unit };
  });
  const most = moves.reduce<(typeof moves)[number] | null>((a, b) => (a && a.by >= b.by ? a : b), null);
  return {
    ...unknown,
    previous: {
      segment: matched[segment],
      name: before.name,
      size: before.size,
      share: before.size / reference.customers,
    },
    moved:
      moves.length > 0
        ? Math.sqrt(moves.reduce((sum, { by }) => sum + by ** 2, 0) / moves.length)
        : Number.NaN,
    most: most && { feature: most.feature, before: most.before, now: most.now },
  };
}
