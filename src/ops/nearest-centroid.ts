import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../device/native/backend.js';
import type { KernelBackend } from '../device/webgpu/backend.js';
import { checkShapes } from './check.js';
import { bytesOf, type Cost } from './cost.js';
import { registerVersions, runKernel } from './kernel.js';
import { searchOnWebgpu } from './nearest-centroid-webgpu.js';

interface NearestCentroidInputs {
  /** `[features, customers]` */
  x: tf.Tensor2D;
  /** `[k, features]` */
  centroids: tf.Tensor2D;
}

export interface NearestCentroidResult {
  /** int32 `[customers]`; of several equally near centroids the first. */
  labels: tf.Tensor1D;
  /** float32 `[customers]`, the squared Euclidean distance to the nearest centroid. */
  distances: tf.Tensor1D;
}

/** For each customer, column of `x`, the nearest centroid and the squared distance to it. */
export function nearestCentroid(x: tf.Tensor2D, centroids: tf.Tensor2D): NearestCentroidResult {
  checkShapes({ x: [x, 'dn'], centroids: [centroids, 'kd'] });
  const [labels, distances] = runKernel<[tf.Tensor1D, tf.Tensor1D]>('NearestCentroid', { x, centroids });
  return { labels, distances };
}

export function nearestCentroidCost(features: number, customers: number, k: number): Cost {
  return {
    flops: 2 * features * customers * k,
    bytes: bytesOf(features * customers, features * k, 2 * customers),
  };
}

/** Scores that the portable version holds at a time. */
const scoresAtATime = 1 << 22;

function portable({ x, centroids }: NearestCentroidInputs): tf.Tensor[] {
  const [features, customers] = x.shape;
  const k = centroids.shape[0];
  const atATime = Math.max(1, Math.floor(scoresAtATime / k));
  return tf.tidy(() => {
    // The smallest of |c|² − 2c·x is the nearest; seen from the middle of the centroids both terms are
    // small, so that float32 does not cancel.
    const middle = tf.mean<tf.Tensor1D>(centroids, 0);
    const shifted = tf.sub<tf.Tensor2D>(centroids, middle);
    const norms = tf.sum(tf.square(shifted), 1, true);
    const byFeature = tf.transpose(centroids);
    const labels: tf.Tensor1D[] = [];
    const distances: tf.Tensor1D[] = [];
    if (customers === 0) return [tf.tensor1d([], 'int32'), tf.tensor1d([])];
    for (let from = 0; from < customers; from += atATime) {
      const some = tf.slice(x, [0, from], [features, Math.min(atATime, customers - from)]);
      const products = tf.matMul(shifted, tf.sub(some, tf.reshape(middle, [features, 1])));
      const nearest = tf.argMin<tf.Tensor1D>(tf.sub(norms, tf.mul(products, 2)), 0);
      labels.push(nearest);
      distances.push(tf.sum(tf.squaredDifference(some, tf.gather(byFeature, nearest, 1)), 0));
    }
    return [tf.concat(labels), tf.concat(distances)];
  });
}

function webgpu(inputs: NearestCentroidInputs, _: object, backend: KernelBackend): tf.TensorInfo[] {
  const customers = inputs.x.shape[1];
  const labels = backend.output([customers], 'int32');
  const distances = backend.output([customers]);
  searchOnWebgpu(inputs, { labels, distances }, backend);
  return [labels, distances];
}

function native({ x, centroids }: NearestCentroidInputs, _: object, backend: NativeBackend): tf.TensorInfo[] {
  const [features, customers] = x.shape;
  const k = centroids.shape[0];
  const labels = new Int32Array(customers);
  const distances = new Float32Array(customers);
  backend.addon.nearestCentroid(
    backend.floats(x),
    backend.floats(centroids),
    features,
    customers,
    k,
    labels,
    distances,
  );
  return [backend.output(labels, customers), backend.output(distances, customers)];
}

registerVersions<NearestCentroidInputs, object>('NearestCentroid', { native, webgpu, portable });
