import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../device/native/backend.js';
import type { KernelBackend } from '../device/webgpu/backend.js';
import { checkShapes } from './check.js';
import { bytesOf, type Cost } from './cost.js';
import { registerVersions, runKernel } from './kernel.js';
import { evenTile } from './tile.js';

export interface NearestCentroidInputs {
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

/** Up to here all distances of a customer fit in the registers of one thread of a graphics card. */
export const directUpTo = 32;

/** Numbers of the tiles that 16 KiB of workgroup memory hold. */
const tileNumbers = 4096;

/**
 * Records the search for the nearest centroids into `labels` and, where they are wanted, `distances`; nothing
 * is done where `stopped` is given and not 0.
 */
export function searchOnWebgpu(
  { x, centroids }: Record<'x' | 'centroids', tf.TensorInfo>,
  {
    labels,
    distances,
    stopped,
  }: { labels: tf.TensorInfo; distances?: tf.TensorInfo; stopped?: tf.TensorInfo },
  backend: KernelBackend,
): void {
  const shader = 'nearest-centroid';
  const [features, customers] = x.shape;
  const k = centroids.shape[0];
  const wantDistances = distances ? 1 : 0;
  const stoppable = stopped ? 1 : 0;
  if (k <= directUpTo) {
    backend.dispatch({
      shader,
      entry: 'direct',
      constants: { quads: Math.ceil(k / 4), featureTile: evenTile(features, 16), wantDistances, stoppable },
      sizes: { customers, features, k },
      tensors: { x, centroids, labels, distances, stopped },
      workgroups: Math.ceil(customers / 256),
    });
    return;
  }
  // 256 threads of 8 customers × 8 centroids each.
  const centroidThreads = k <= 64 ? 8 : 16;
  const [customerTile, centroidTile] = [(8 * 256) / centroidThreads, 8 * centroidThreads];
  const featureTile = evenTile(
    features,
    Math.min(16, Math.floor(tileNumbers / (customerTile + centroidTile))),
  );
  const paddedK = Math.ceil(k / centroidTile) * centroidTile;
  const sizes = { customers, features, k, paddedK };
  backend.withScratch([[features], [features + 1, paddedK]], (centre, prepared) => {
    backend.dispatch({
      shader,
      entry: 'middle',
      constants: { stoppable },
      sizes,
      tensors: { centroids, newCentre: centre, stopped },
      workgroups: features,
    });
    backend.dispatch({
      shader,
      entry: 'prepare',
      constants: { stoppable },
      sizes,
      tensors: { centroids, centre, newPrepared: prepared, stopped },
      workgroups: paddedK,
    });
    backend.dispatch({
      shader,
      entry: 'tiled',
      constants: { centroidThreads, featureTile, wantDistances, stoppable },
      sizes,
      tensors: { x, centroids, centre, prepared, labels, distances, stopped },
      workgroups: Math.ceil(customers / customerTile),
    });
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
