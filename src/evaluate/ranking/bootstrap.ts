import { UsageError } from '../../errors.js';
import { Random } from '../../random.js';
import { takeTurns } from '../../turns.js';

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
  /** Stops the drawing. */
  signal?: AbortSignal;
}

/**
 * The confidence interval of a mean over customers, by the percentiles of the means of samples drawn with
 * replacement. (B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.)
 */
export async function bootstrap(values: ArrayLike<number>, options?: BootstrapOptions): Promise<Interval> {
  const [interval] = await bootstraps([values], options);
  return interval;
}

/** As {@link bootstrap}, of several values of the same customers: the samples are drawn once for all of them. */
export async function bootstraps(
  series: readonly ArrayLike<number>[],
  { level = 0.95, samples = 1000, seed = 0, signal }: BootstrapOptions = {},
): Promise<Interval[]> {
  if (!(level > 0 && level < 1)) {
    throw new UsageError({ expected: 'a level between 0 and 1', found: String(level) });
  }
  const n = series[0]?.length ?? 0;
  const random = new Random(seed);
  const turn = takeTurns(signal);
  const drawn = new Int32Array(n);
  const means = series.map(() => new Float64Array(samples));
  for (let sample = 0; sample < samples; sample++) {
    await turn();
    for (let i = 0; i < n; i++) drawn[i] = random.integer(n);
    series.forEach((values, which) => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += values[drawn[i]];
      means[which][sample] = sum / n;
    });
  }
  return series.map((values, which) => {
    const sorted = means[which].sort();
    let total = 0;
    for (let i = 0; i < n; i++) total += values[i];
    return {
      mean: total / n,
      low: quantile(sorted, (1 - level) / 2),
      high: quantile(sorted, (1 + level) / 2),
    };
  });
}

/** The interval of the mean of a - b, where both are of the same customers: apart from 0, the two differ. */
export async function bootstrapDifference(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options?: BootstrapOptions,
): Promise<Interval> {
  return bootstrap(differences(a, b), options);
}

/** `a - b`. @throws UsageError where they are not of the same customers. */
export function differences(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  if (a.length !== b.length) {
    throw new UsageError({ expected: `${a.length} values of the same customers`, found: `${b.length}` });
  }
  return Float64Array.from(a, (value, i) => value - b[i]);
}

/** Interpolated between the neighbours in an ascending list. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}
