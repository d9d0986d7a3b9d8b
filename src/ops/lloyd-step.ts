import type * as tf from '@tensorflow/tfjs-core';
import { centroidUpdate, type SegmentSums } from './centroid-update.js';
import { checkShapes } from './check.js';
import { bytesOf, type Cost } from './cost.js';
import { registerVersions, runKernel } from './kernel.js';
import { nearestCentroid } from './nearest-centroid.js';

export interface LloydStepInputs {
  /** `[features, customers]` */
  x: tf.Tensor2D;
  /** `[k, features]` */
  centroids: tf.Tensor2D;
  /** `[customers]`, each at least 0; 1 for everybody where it is left out. */
  weights?: tf.Tensor1D;
}

export interface LloydStepResult extends SegmentSums {
  /** int32 `[customers]`; of several equally near centroids the first. */
  labels: tf.Tensor1D;
}

/**
 * One iteration of Lloyd's algorithm, but for the division: assigns each customer to the nearest centroid
 * and sums the customers of each segment, reading `x` once where the device can.
 */
export function lloydStep(x: tf.Tensor2D, centroids: tf.Tensor2D, weights?: tf.Tensor1D): LloydStepResult {
  checkShapes({ x: [x, 'dn'], centroids: [centroids, 'kd'], weights: [weights, 'n'] });
  const [labels, sums, residuals, counts] = runKernel<[tf.Tensor1D, tf.Tensor2D, tf.Tensor2D, tf.Tensor1D]>(
    'LloydStep',
    { x, centroids, weights },
  );
  return { labels, sums, residuals, counts };
}

export function lloydStepCost(features: number, customers: number, k: number): Cost {
  return {
    flops: 2 * features * customers * k + features * customers,
    bytes: bytesOf(features * customers, customers, 3 * features * k, k),
  };
}

function portable({ x, centroids, weights }: LloydStepInputs): tf.Tensor[] {
  const { labels, distances } = nearestCentroid(x, centroids);
  distances.dispose();
  const { sums, residuals, counts } = centroidUpdate(x, labels, centroids.shape[0], weights);
  return [labels, sums, residuals, counts];
}

registerVersions<LloydStepInputs, object>('LloydStep', { portable });
