import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../random.js';

/**
 * Customers without segments: each feature is spread evenly over the range that it has, whatever the others are.
 *
 * @param x `[features, customers]`
 */
export function evenlySpread(x: Float32Array, features: number, random: Random): tf.Tensor2D {
  const customers = x.length / features;
  const values = new Float32Array(x.length);
  for (let f = 0; f < features; f++) {
    const row = x.subarray(f * customers, (f + 1) * customers);
    const [least, most] = row.reduce(
      ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
      [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    );
    for (let i = 0; i < customers; i++) values[f * customers + i] = least + random.uniform() * (most - least);
  }
  return tf.tensor2d(values, [features, customers]);
}

/**
 * How far the log of the inertia lies below that of customers without segments, and its standard error.
 * (R. Tibshirani, G. Walther and T. Hastie, "Estimating the number of clusters in a data set via the gap
 * statistic", J. R. Statist. Soc. B 63, 2001.)
 */
export function gapOf(inertia: number, references: readonly number[]): { gap: number; gapError: number } {
  // Customers who are all at their centroids: no logarithm, no gap.
  if (!(inertia > 0) || references.length === 0) return { gap: Number.NaN, gapError: Number.NaN };
  const logs = references.map(Math.log);
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / logs.length;
  return { gap: mean - Math.log(inertia), gapError: Math.sqrt(variance * (1 + 1 / logs.length)) };
}
