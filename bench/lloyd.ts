import * as tf from '@tensorflow/tfjs-core';
import { lloydStep, lloydSteps, nearestCentroid } from '#kindred/ops/index.js';
import { clock } from './alternate.js';

/** Iterations of Lloyd's algorithm, each computing every distance; `[k, features]` before and after. */
export function iterations(x: tf.Tensor2D, first: Float32Array, count: number): Promise<Float32Array> {
  return first.length < skips ? iterationsTogether(x, first, count) : iterationsApart(x, first, count);
}

/** One call of the fused kernel each, which writes its labels over those of the one before, as a fit does. */
async function iterationsApart(x: tf.Tensor2D, first: Float32Array, count: number): Promise<Float32Array> {
  const features = x.shape[0];
  let centroids = first;
  let before: tf.Tensor1D | undefined;
  for (let iteration = 0; iteration < count; iteration++) {
    const onDevice = tf.tensor2d(centroids, [first.length / features, features]);
    const { labels, sums, residuals, counts } = lloydStep(x, onDevice, undefined, before);
    const [sum, rest, size] = await Promise.all([sums.data(), residuals.data(), counts.data()]);
    const next = new Float32Array(centroids.length);
    for (let i = 0; i < next.length; i++) {
      const members = size[Math.floor(i / features)];
      next[i] = members > 0 ? (sum[i] + rest[i]) / members : centroids[i];
    }
    tf.dispose([onDevice, before ?? [], sums, residuals, counts]);
    before = labels;
    centroids = next;
  }
  before?.dispose();
  return centroids;
}

/** Numbers in the centroids from which on the native device skips distances in a call of several iterations. */
const skips = 512;

/** Such iterations as a fit makes them, all in one call: what a call costs is shared, as it is in a peer's fit. */
async function iterationsTogether(x: tf.Tensor2D, first: Float32Array, count: number): Promise<Float32Array> {
  const features = x.shape[0];
  const k = first.length / features;
  const centroids = tf.tensor2d(first, [k, features]);
  const found = lloydSteps({ x, centroids }, { steps: count, tolerance: 0 });
  const [sums, residuals, counts] = await Promise.all([
    found.sums.data(),
    found.residuals.data(),
    found.counts.data(),
  ]);
  tf.dispose([centroids, ...Object.values(found)]);
  if (counts.length !== count * k) throw new Error('the iterations came to rest before they were done');
  const last = (count - 1) * k;
  return first.map((value, i) => {
    const members = counts[last + Math.floor(i / features)];
    const place = last * features + i;
    return members > 0 ? (sums[place] + residuals[place]) / members : value;
  });
}

/**
 * Seconds of an iteration that computes every distance, timed as those of the peers are: so many more of them, less
 * what a first one costs after a pause.
 */
export async function secondsOfIteration(
  x: tf.Tensor2D,
  first: Float32Array,
  { timed, repeats }: { timed: number; repeats: number },
): Promise<number> {
  let seconds = 0;
  for (let repeat = 0; repeat < repeats; repeat++) {
    seconds -= await clock(() => iterations(x, first, 1));
    seconds += await clock(() => iterations(x, first, 1 + timed));
  }
  return seconds / repeats / timed;
}

/** Sum of squared distances to the nearest of these centroids, whoever found them. */
export async function inertiaOf(x: tf.Tensor2D, centroids: Float32Array): Promise<number> {
  const features = x.shape[0];
  const found = tf.tidy(() => ({
    ...nearestCentroid(x, tf.tensor2d(centroids, [centroids.length / features, features])),
  }));
  const distances = await found.distances.data();
  tf.dispose([found.labels, found.distances]);
  let sum = 0;
  for (const distance of distances) sum += distance;
  return sum;
}
