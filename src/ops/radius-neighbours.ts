import * as tf from '@tensorflow/tfjs-core';
import { checkShapes } from './check.js';
import { bytesOf, type Cost } from './cost.js';
import { type Metric, pairwiseDistance } from './pairwise-distance.js';

export interface RadiusOptions {
  /** The greatest distance at which two are neighbours. */
  radius: number;
  metric: Metric;
}

/** The neighbours of each column of one matrix among the columns of another, as the pattern of a sparse matrix. */
export interface RadiusEdges {
  /** `[m + 1]` */
  indptr: Int32Array;
  /** `[edges]`, ascending within a row. */
  indices: Int32Array;
}

/** Distances that are on the device at a time. */
const distancesAtATime = 1 << 24;

/** Columns of `a` to pass at a time, such that no more distances than that come to exist. */
export function radiusBlock(n: number): number {
  return Math.max(1, Math.floor(distancesAtATime / Math.max(1, n)));
}

/** Which columns of `b [d, n]` lie within the radius of which of `a [d, m]`, as bool `[m, n]`. */
function within(a: tf.Tensor2D, b: tf.Tensor2D, { radius, metric }: RadiusOptions): tf.Tensor2D {
  checkShapes({ a: [a, 'dm'], b: [b, 'dn'] });
  // Squares spare the root, which would only round once more.
  return metric === 'euclidean'
    ? tf.lessEqual(pairwiseDistance(a, b, 'squared-euclidean'), radius * radius)
    : tf.lessEqual(pairwiseDistance(a, b, metric), radius);
}

/**
 * How many columns of `b [d, n]` each column of `a [d, m]` has within the radius, as int32 `[m]`. Distances are
 * the device's float32 ones: a pair at the radius to within their rounding may fall on either side.
 */
export function radiusCounts(a: tf.Tensor2D, b: tf.Tensor2D, options: RadiusOptions): tf.Tensor1D {
  return tf.tidy(() => tf.sum<tf.Tensor1D>(tf.cast(within(a, b, options), 'int32'), 1));
}

/** The pairs that {@link radiusCounts} counts. The caller keeps m within {@link radiusBlock}. */
export async function radiusNeighbours(
  a: tf.Tensor2D,
  b: tf.Tensor2D,
  options: RadiusOptions,
): Promise<RadiusEdges> {
  const mask = tf.tidy(() => within(a, b, options));
  const flags = await mask.data<'bool'>();
  mask.dispose();
  const [m, n] = [a.shape[1], b.shape[1]];
  const indptr = new Int32Array(m + 1);
  for (let row = 0; row < m; row++) {
    let count = 0;
    for (let p = row * n; p < (row + 1) * n; p++) count += flags[p];
    indptr[row + 1] = indptr[row] + count;
  }
  const indices = new Int32Array(indptr[m]);
  let next = 0;
  for (let row = 0; row < m; row++) {
    for (let column = 0; column < n; column++) if (flags[row * n + column]) indices[next++] = column;
  }
  return { indptr, indices };
}

export function radiusNeighboursCost(features: number, m: number, n: number): Cost {
  return { flops: 2 * features * m * n, bytes: bytesOf(features * (m + n), m) };
}
