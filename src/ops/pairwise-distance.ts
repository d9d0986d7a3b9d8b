import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../device/native/backend.js';
import type { KernelBackend } from '../device/webgpu/backend.js';
import { checkShapes } from './check.js';
import { bytesOf, type Cost } from './cost.js';
import { registerVersions, runKernel } from './kernel.js';

/** In the order of the numbers by which the kernels know them. */
export const metrics = ['squared-euclidean', 'euclidean', 'manhattan', 'cosine', 'correlation'] as const;

export type Metric = (typeof metrics)[number];

export interface PairwiseDistanceInputs {
  /** `[features, m]` */
  a: tf.Tensor2D;
  /** `[features, n]` */
  b: tf.Tensor2D;
}

/**
 * The distance between each column of `a [features, m]` and each column of `b [features, n]`, as `[m, n]`.
 *
 * Cosine is `1 - a·b / (|a| |b|)`, correlation the same of the columns less their own means; a column
 * without length (all zeros, or all equal under correlation) is at distance 1 from everything.
 * The whole result is one tensor: pass blocks of columns where `m · n` would not fit.
 */
export function pairwiseDistance(a: tf.Tensor2D, b: tf.Tensor2D, metric: Metric): tf.Tensor2D {
  checkShapes({ a: [a, 'dm'], b: [b, 'dn'] });
  const [distances] = runKernel<[tf.Tensor2D]>('PairwiseDistance', { a, b }, { metric });
  return distances;
}

export function pairwiseDistanceCost(features: number, m: number, n: number): Cost {
  return { flops: 2 * features * m * n, bytes: bytesOf(features * (m + n), m * n) };
}

// Transposed by itself: the product of WebAssembly's back end is slow when it has to transpose.
function products(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return tf.matMul(tf.transpose(a), b);
}

function squaredEuclidean(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  // Seen from the middle of b, so that |a|² + |b|² − 2a·b does not cancel in float32.
  const middle = tf.mean(b, 1, true);
  const [left, right] = [tf.sub<tf.Tensor2D>(a, middle), tf.sub<tf.Tensor2D>(b, middle)];
  const norms = tf.add(
    tf.reshape(tf.sum(tf.square(left), 0), [-1, 1]),
    tf.reshape(tf.sum(tf.square(right), 0), [1, -1]),
  );
  return tf.relu(tf.sub<tf.Tensor2D>(norms, tf.mul(products(left, right), 2)));
}

function manhattan(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  let distances = tf.zeros<tf.Rank.R2>([a.shape[1], b.shape[1]]);
  for (let feature = 0; feature < a.shape[0]; feature++) {
    const left = tf.reshape(tf.slice(a, [feature, 0], [1, -1]), [-1, 1]);
    const right = tf.slice(b, [feature, 0], [1, -1]);
    const sum = tf.tidy(() => tf.add<tf.Tensor2D>(distances, tf.abs(tf.sub(left, right))));
    distances.dispose();
    distances = sum;
  }
  return distances;
}

function unitColumns(x: tf.Tensor2D): tf.Tensor2D {
  return tf.divNoNan(x, tf.norm(x, 'euclidean', 0, true));
}

function cosine(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return tf.sub(1, tf.clipByValue(products(unitColumns(a), unitColumns(b)), -1, 1));
}

function centredColumns(x: tf.Tensor2D): tf.Tensor2D {
  return tf.sub(x, tf.mean(x, 0, true));
}

const portableMetrics: Record<Metric, (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Tensor2D> = {
  'squared-euclidean': squaredEuclidean,
  euclidean: (a, b) => tf.sqrt(squaredEuclidean(a, b)),
  manhattan,
  cosine,
  correlation: (a, b) => cosine(centredColumns(a), centredColumns(b)),
};

function portable({ a, b }: PairwiseDistanceInputs, { metric }: { metric: Metric }): tf.Tensor[] {
  return [tf.tidy(() => portableMetrics[metric](a, b))];
}

function native(
  { a, b }: PairwiseDistanceInputs,
  { metric }: { metric: Metric },
  backend: NativeBackend,
): tf.TensorInfo[] {
  const [features, m] = a.shape;
  const n = b.shape[1];
  const distances = new Float32Array(m * n);
  backend.addon.pairwiseDistance(backend.floats(a), backend.floats(b), metric, features, m, n, distances);
  return [backend.output(distances, m, n)];
}

function webgpu(
  { a, b }: PairwiseDistanceInputs,
  { metric: name }: { metric: Metric },
  backend: KernelBackend,
): tf.TensorInfo[] {
  const shader = 'pairwise-distance';
  const constants = { metric: metrics.indexOf(name) };
  const [features, m] = a.shape;
  const n = b.shape[1];
  const sizes = { features, m, n };
  const distances = backend.output([m, n]);
  if (m * n === 0) return [distances];
  // A multiple of 64 rows keeps batches on the boundaries at which a tensor can be bound in parts.
  const bytesOfRow = 4 * n;
  const rowsAtATime = Math.max(64, 64 * Math.floor(backend.limits.bindingBytes / (64 * bytesOfRow)));
  backend.withScratch([[m + n, 2]], directions => {
    if (name === 'cosine' || name === 'correlation') {
      backend.dispatch({
        shader,
        entry: 'prepare',
        constants,
        sizes,
        tensors: { a, b, newDirections: directions },
        workgroups: Math.ceil((m + n) / 64),
      });
    }
    for (let row0 = 0; row0 < m; row0 += rowsAtATime) {
      const rows = Math.min(rowsAtATime, m - row0);
      const window = { tensor: distances, offset: row0 * bytesOfRow, bytes: rows * bytesOfRow };
      backend.dispatch({
        shader,
        entry: 'measure',
        constants,
        sizes: { ...sizes, row0, rows },
        tensors: { a, b, directions, distances: window },
        workgroups: Math.ceil(rows / 64) * Math.ceil(n / 128),
      });
    }
  });
  return [distances];
}

registerVersions<PairwiseDistanceInputs, { metric: Metric }>('PairwiseDistance', {
  native,
  webgpu,
  portable,
});
