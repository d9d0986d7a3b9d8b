import { z } from 'zod';
import { type CustomerNumbers, columnOf, ranges } from '../customer-column.js';
import { valuesAtRanks } from '../values-at-ranks.js';
import type { Scale } from './feature.js';

/**
 * One fitted scaling: `(x - centre) / spread`, or a logarithm. The column of a single customer has spread 0 and becomes
 * 0, then and ever after; that of several that are all alike is refused.
 */
export const fittedScaleSchema = z.union([
  z.strictObject({ kind: z.enum(['log', 'log1p']) }),
  z.strictObject({ kind: z.enum(['standard', 'minmax', 'robust']), centre: z.number(), spread: z.number() }),
]);

export type FittedScale = z.infer<typeof fittedScaleSchema>;

/**
 * The values below which these shares of all values lie, ascending shares, interpolated linearly as NumPy's percentile does;
 * NaN does not count.
 */
export function quantiles(values: CustomerNumbers, shares: readonly number[]): number[] {
  let count = 0;
  const positionOf = (share: number) => share * (count - 1);
  const [found] = valuesAtRanks(columnOf(values), undefined, known => {
    count = known;
    return shares.flatMap(share => {
      const below = Math.floor(positionOf(share));
      return [below, Math.min(below + 1, count - 1)];
    });
  });
  return shares.map((share, i) => {
    const [below, above] = found.subarray(2 * i);
    return below + (positionOf(share) - Math.floor(positionOf(share))) * (above - below);
  });
}

/** Calls with each value that is not NaN, from the first customer to the last. */
function eachKnown(values: CustomerNumbers, look: (value: number) => void): void {
  for (const { from, to } of ranges(values.length)) {
    const some = columnOf(values).part(from, to);
    for (let i = 0; i < to - from; i++) if (!Number.isNaN(some[i])) look(some[i]);
  }
}

/** NaN does not count. */
export function mean(values: CustomerNumbers): number {
  let [sum, count] = [0, 0];
  eachKnown(values, value => {
    sum += value;
    count++;
  });
  return sum / count;
}

/** Population standard deviation, in two passes so that a large mean costs no digits. */
export function deviation(values: CustomerNumbers, centre: number): number {
  let [squares, count] = [0, 0];
  eachKnown(values, value => {
    squares += (value - centre) ** 2;
    count++;
  });
  return Math.sqrt(squares / count);
}

/** Learns the parameters of a scaling from all values of a column. */
export function fitScale(
  kind: Exclude<Scale, 'none'>,
  values: CustomerNumbers,
): { scale: FittedScale; warning?: string } {
  if (kind === 'log' || kind === 'log1p') return { scale: { kind } };
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  eachKnown(values, value => {
    if (value < least) least = value;
    if (value > most) most = value;
  });
  if (least === most)
    return {
      scale: { kind, centre: least, spread: 0 },
      warning: `every value is ${least}: it becomes 0 and tells no customers apart`,
    };
  if (kind === 'minmax') return { scale: { kind, centre: least, spread: most - least } };
  if (kind === 'robust') {
    const [lower, centre, upper] = quantiles(values, [0.25, 0.5, 0.75]);
    const range = upper - lower;
    if (range > 0) return { scale: { kind, centre, spread: range } };
    return {
      scale: { kind, centre, spread: deviation(values, mean(values)) },
      warning: 'its interquartile range is 0: it was divided by the standard deviation instead',
    };
  }
  const centre = mean(values);
  return { scale: { kind, centre, spread: deviation(values, centre) } };
}

/** Scales a column in place; gives the index of the first value that has no logarithm, or -1. */
export function applyScale(scale: FittedScale, values: Float64Array): number {
  if (scale.kind === 'log' || scale.kind === 'log1p') {
    const shift = scale.kind === 'log' ? 0 : 1;
    const invalid = values.findIndex(value => !(value + shift > 0));
    if (invalid >= 0) return invalid;
    const logarithm = scale.kind === 'log' ? Math.log : Math.log1p;
    for (let row = 0; row < values.length; row++) values[row] = logarithm(values[row]);
    return -1;
  }
  const { centre, spread } = scale as Extract<FittedScale, { spread: number }>;
  if (spread === 0) values.fill(0);
  else for (let row = 0; row < values.length; row++) values[row] = (values[row] - centre) / spread;
  return -1;
}
