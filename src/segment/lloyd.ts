import * as tf from '@tensorflow/tfjs-core';
import { lloydStep, nearestCentroid } from '../ops/index.js';
import type { Batches } from './batches.js';
import type { Spread } from './spread.js';

/** The customers of a fit, as the device sees them. */
export interface Population extends Batches {
  /** Weights of the customers of each batch. */
  weights?: readonly tf.Tensor1D[];
  spread: Spread;
}

/** What one pass over all customers finds. */
export interface Pass {
  /** `[k, features]`, weighted sums over the customers of each segment, in float64. */
  sums: Float64Array;
  /** `[k]`, sums of the weights. */
  counts: Float64Array;
  /** Weighted sum of squared distances to the centroids that the pass was made with. */
  inertia: number;
}

/**
 * The inertia from nothing but the sums of each segment:
 * Σ|x − c|² = Σ|x − m|² − 2 Σ_k (S_k − n_k m)·(c_k − m) + Σ_k n_k |c_k − m|², m the mean of all.
 */
function inertiaOf(
  { mean, scatter }: Spread,
  sums: Float64Array,
  counts: Float64Array,
  centroids: Float32Array,
): number {
  const features = mean.length;
  let explained = 0;
  for (let segment = 0; segment < counts.length; segment++) {
    for (let f = 0; f < features; f++) {
      const place = segment * features + f;
      const shift = centroids[place] - mean[f];
      explained += shift * (2 * (sums[place] - counts[segment] * mean[f]) - counts[segment] * shift);
    }
  }
  return Math.max(0, scatter - explained);
}

/** Assigns all customers to their nearest centroid and sums the segments; one read from the device. */
export async function passOver(population: Population, centroids: Float32Array): Promise<Pass> {
  const { tensors, features, weights, spread } = population;
  const k = centroids.length / features;
  const onDevice = tf.tidy(() => {
    const uploaded = tf.tensor2d(centroids, [k, features]);
    return tf.concat(
      tensors.flatMap((x, b) => {
        const { sums, residuals, counts } = lloydStep(x, uploaded, weights?.[b]);
        return [tf.reshape(sums, [-1]), tf.reshape(residuals, [-1]), counts];
      }),
    );
  });
  const values = await onDevice.data<'float32'>();
  onDevice.dispose();

  const sums = new Float64Array(k * features);
  const counts = new Float64Array(k);
  const size = sums.length;
  for (let start = 0; start < values.length; start += 2 * size + k) {
    for (let i = 0; i < size; i++) sums[i] += values[start + i] + values[start + size + i];
    for (let segment = 0; segment < k; segment++) counts[segment] += values[start + 2 * size + segment];
  }
  return { sums, counts, inertia: inertiaOf(spread, sums, counts, centroids) };
}

/** Nearest centroid and squared distance of all customers. */
export async function assign(
  { tensors, features, customers }: Batches,
  centroids: Float32Array,
): Promise<{ labels: Int32Array; distances: Float32Array }> {
  const k = centroids.length / features;
  const labels = new Int32Array(customers);
  const distances = new Float32Array(customers);
  let from = 0;
  for (const x of tensors) {
    const found = tf.tidy(() => ({ ...nearestCentroid(x, tf.tensor2d(centroids, [k, features])) }));
    labels.set(await found.labels.data<'int32'>(), from);
    distances.set(await found.distances.data<'float32'>(), from);
    tf.dispose([found.labels, found.distances]);
    from += x.shape[1];
  }
  return { labels, distances };
}
