import { sampleOf } from '../data.js';
import type { Shape } from './shape.js';

/** Outputs whose values are compared with float64. */
export const sampled = 40;

/** Whether a float32 result is further from the exact one than rounding explains. */
export function far(found: number, exact: number, scale: number): boolean {
  return !(Math.abs(found - exact) <= 1e-4 * Math.max(scale, 1e-6));
}

/** Squared, in float64. */
function distance(
  x: Float32Array,
  centroids: Float32Array,
  [features, customers]: Shape,
  customer: number,
  centroid: number,
): number {
  let sum = 0;
  for (let f = 0; f < features; f++) {
    sum += (x[f * customers + customer] - centroids[centroid * features + f]) ** 2;
  }
  return sum;
}

export function nearestOf(x: Float32Array, centroids: Float32Array, shape: Shape, i: number) {
  const distances = Array.from({ length: shape[2] }, (_, c) => distance(x, centroids, shape, i, c));
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

/** Of a customer: whether this centroid is the nearest in float64, `undefined` where another is as near but for rounding. */
function isNearest(
  x: Float32Array,
  centroids: Float32Array,
  shape: Shape,
  i: number,
  segment: number,
): boolean | undefined {
  const own = distance(x, centroids, shape, i, segment);
  let certain = true;
  for (let c = 0; c < shape[2]; c++) {
    if (c === segment) continue;
    const other = distance(x, centroids, shape, i, c);
    if (Math.abs(other - own) <= 1e-5 * (other + own)) certain = false;
    else if (other < own) return false;
  }
  return certain || undefined;
}

/** Sums and counts of some segments must be those of the customers whose nearest centroid theirs is. */
export function checkMembers(
  [sums, residuals, counts]: ArrayLike<number>[],
  x: Float32Array,
  centroids: Float32Array,
  shape: Shape,
): string | undefined {
  const [features, customers, k] = shape;
  for (const segment of sampleOf(k, 3)) {
    const members: number[] = [];
    const doubtful: number[] = [];
    for (let i = 0; i < customers; i++) {
      const nearest = isNearest(x, centroids, shape, i, segment);
      if (nearest !== false) (nearest ? members : doubtful).push(i);
    }
    const count = counts[segment];
    if (!(count >= members.length && count <= members.length + doubtful.length))
      return `segment ${segment} counts ${count} customers, not ${members.length}`;
    for (let f = 0; f < features; f++) {
      const value = (i: number) => x[f * customers + i];
      const exact = members.reduce((sum, i) => sum + value(i), 0);
      const doubt = doubtful.reduce((sum, i) => sum + Math.abs(value(i)), 0);
      const place = segment * features + f;
      const sum = sums[place] + residuals[place];
      if (!(Math.abs(sum - exact) <= doubt + 1e-8 * (1 + members.length)))
        return `the sum of feature ${f} in segment ${segment} is ${sum}, not ${exact}`;
    }
  }
  return undefined;
}
