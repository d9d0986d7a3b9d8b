import { UsageError } from '../../errors.js';
import { Random } from '../../random.js';

/** A mean and between what it lies. */
export interface Interval {
  mean: number;
  low: number;
  high: number;
}

export interface BootstrapOptions {
  /** Share of intervals that hold the true mean. 0.95 */
  level?: number;
  /** Samples drawn. 1000: the ends are then settled to about a twentieth of the interval. */
  samples?: number;
  seed?: number;
}

/**
 * The confidence interval of a mean over customers, by the percentiles of the means of samples drawn with
 * replacement. (B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.)
 */
export function bootstrap(
  values: ArrayLike<number>,
  { level = 0.95, samples = 1000, seed = 0 }: BootstrapOptions = {},
): Interval {
  if (!(level > 0 && level < 1)) {
    throw new UsageError({ expected: 'a level between 0 and 1', found: String(level) });
  }
  const n = values.length;
  const random = new Random(seed);
  const means = new Float64Array(samples);
  for (let sample = 0; sample < samples; sample++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += values[random.integer(n)];
    means[sample] = sum / n;
  }
  means.sort();
  let total = 0;
  for (let i = 0; i < n; i++) total += values[i];
  return { mean: total / n, low: quantile(means, (1 - level) / 2), high: quantile(means, (1 + level) / 2) };
}

/** The interval of the mean of a - b, where both are of the same customers: apart from 0, the two differ. */
export function bootstrapDifference(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options?: BootstrapOptions,
): Interval {
  if (a.length !== b.length) {
    throw new UsageError({ expected: `${a.length} values of the same customers`, found: `${b.length}` });
  }
  return bootstrap(
    Float64Array.from(a, (value, i) => value - b[i]),
    options,
  );
}

/** Interpolated between the neighbours in an ascending list. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}
