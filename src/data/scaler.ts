import { z } from 'zod';
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

/** The value below which a share of the sorted values lies, interpolated linearly as NumPy's percentile does. */
export function quantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
}

export function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Population standard deviation, in two passes so that a large mean costs no digits. */
function deviation(values: Float64Array, centre: number): number {
  let squares = 0;
  for (const value of values) squares += (value - centre) ** 2;
  return Math.sqrt(squares / values.length);
}

/** Learns the parameters of a scaling from all values of a column. */
export function fitScale(
  kind: Exclude<Scale, 'none'>,
  values: Float64Array,
): { scale: FittedScale; warning?: string } {
  if (kind === 'log' || kind === 'log1p') return { scale: { kind } };
  let [least, most] = [values[0], values[0]];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (least === most)
    return {
      scale: { kind, centre: least, spread: 0 },
      warning: `every value is ${least}: it becomes 0 and tells no customers apart`,
    };
  if (kind === 'minmax') return { scale: { kind, centre: least, spread: most - least } };
  if (kind === 'robust') {
    const sorted = values.slice().sort();
    const range = quantile(sorted, 0.75) - quantile(sorted, 0.25);
    const centre = quantile(sorted, 0.5);
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
