import { sampleOf } from '../data.js';
import type { Shape } from './shape.js';

/** Outputs whose values are compared with float64. */
export const sampled = 40;

/** Whether a float32 result is further from the exact one than rounding explains. */
export function far(found: number, exact: number, scale: number): boolean {
  return !(Math.abs(found - exact) <= 1e-4 * Math.max(scale, 1e-6));
}

export function nearestOf(
  x: Float32Array,
  centroids: Float32Array,
  [features, customers, k]: Shape,
  i: number,
) {
  const distances = Array.from({ length: k }, (_, c) => {
    let sum = 0;
    for (let f = 0; f < features; f++) sum += (x[f * customers + i] - centroids[c * features + f]) ** 2;
    return sum;
  });
  return { distances, least: Math.min(...distances), spread: Math.max(...distances) };
}

/** Each customer's label must be that of the nearest centroid, rounding aside. */
export function checkLabels(
  found: ArrayLike<number>,
  x: Float32Array,
  centroids: Float32Array,
  shape: Shape,
): string | undefined {
  for (const i of sampleOf(shape[1], sampled)) {
    const { distances, least, spread } = nearestOf(x, centroids, shape, i);
    const distance = distances[found[i]];
    if (!(distance - least <= 1e-5 * spread))
      return `customer ${i} got centroid ${found[i]}, which is not the nearest`;
  }
  return undefined;
}

/** The sums of the first segment's features must be those of the customers labelled so. */
export function checkSums(
  [found, sums, residuals, counts]: ArrayLike<number>[],
  x: Float32Array,
  [features, customers]: Shape,
): string | undefined {
  for (let f = 0; f < Math.min(features, 3); f++) {
    let [sum, count] = [0, 0];
    for (let i = 0; i < customers; i++) {
      if (found[i] !== 0) continue;
      sum += x[f * customers + i];
      count++;
    }
    if (Math.abs(sums[f] + residuals[f] - sum) > 1e-8 * (1 + count))
      return `the sum of feature ${f} is ${sums[f]}, not ${sum}`;
    if (counts[0] !== count) return `segment 0 counts ${counts[0]} customers, not ${count}`;
  }
  return undefined;
}
