import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../device/native/backend.js';
import { checkShapes } from './check.js';
import { bytesOf, type Cost } from './cost.js';
import { featureMoments } from './feature-moments.js';
import { registerVersions, runKernel } from './kernel.js';
import { nearestCentroid } from './nearest-centroid.js';

interface NearestLabelInputs {
  /** `[features, customers]` */
  x: tf.Tensor2D;
  /** `[k, features]` */
  centroids: tf.Tensor2D;
}

export interface NearestLabelResult {
  /** int32 `[customers]`; of several equally near centroids the first. */
  labels: tf.Tensor1D;
  /** A few float32 numbers that are all finite only where `x` is. Values near the end of float32 may make them infinite, too. */
  check: tf.Tensor;
}

/** For each customer, column of `x`, the nearest centroid, as `nearestCentroid` finds it, and no distance. */
export function nearestLabel(x: tf.Tensor2D, centroids: tf.Tensor2D): NearestLabelResult {
  checkShapes({ x: [x, 'dn'], centroids: [centroids, 'kd'] });
  const [labels, check] = runKernel<[tf.Tensor1D, tf.Tensor]>('NearestLabel', { x, centroids });
  return { labels, check };
}

export function nearestLabelCost(features: number, customers: number, k: number): Cost {
  return {
    flops: 2 * features * customers * k,
    bytes: bytesOf(features * customers, features * k, customers),
  };
}

// The distances stay on the device.
function portable({ x, centroids }: NearestLabelInputs): tf.Tensor[] {
  const { labels, distances } = nearestCentroid(x, centroids);
  const row = tf.reshape<tf.Rank.R2>(distances, [1, -1]);
  const { moments, residuals } = featureMoments(row);
  tf.dispose([distances, row, residuals]);
  return [labels, moments];
}

function native({ x, centroids }: NearestLabelInputs, _: object, backend: NativeBackend): tf.TensorInfo[] {
  const [features, customers] = x.shape;
  const labels = new Int32Array(customers);
  const finite = backend.addon.nearestLabel(
    backend.floats(x),
    backend.floats(centroids),
    features,
    customers,
    centroids.shape[0],
    labels,
  );
  const check = Float32Array.of(finite ? 0 : Number.NaN);
  return [backend.output(labels, customers), backend.output(check, 1)];
}

registerVersions<NearestLabelInputs, object>('NearestLabel', { native, webgpu: portable, portable });
