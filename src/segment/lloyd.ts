import * as tf from '@tensorflow/tfjs-core';
import { lloydSteps } from '../ops/index.js';
import type { Batches } from './batches.js';
import type { Spread } from './spread.js';

/** The customers of a fit, as the device sees them. */
export interface Population extends Batches {
  /** Weights of the customers of each batch. */
  weights?: readonly tf.Tensor1D[];
  spread: Spread;
  /** Passes that were made in advance, from each start on. */
  walks?: readonly Pass[][];
}

/** What one pass over all customers finds. */
export interface Pass {
  /** `[k, features]`, which it was made with. */
  centroids: Float32Array;
  /** `[k, features]`, weighted sums over the customers of each segment, in float64. */
  sums: Float64Array;
  /** `[k]`, sums of the weights. */
  counts: Float64Array;
  /** Weighted sum of squared distances to the centroids. */
  inertia: number;
  /** Customers who are in another segment than in the pass before, all of them in the first; where that is counted. */
  moved?: number;
}

/**
 * The inertia from nothing but the sums of each segment:
 * Σ|x − c|² = Σ|x − m|² − 2 Σ_k (S_k − n_k m)·(c_k − m) + Σ_k n_k |c_k − m|², m the mean of all.
 */
export function inertiaOf(
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

/** After about so long a call returns, so that progress shows and an interruption is heard. */
const secondsAtATime = 0.1;

/** Floating-point operations of the first call, before the device's pace is known. */
const operationsAtFirst = 2e9;

/** Passes over all customers, one after another; each but the first should start where the one before ended. */
export class Passes {
  readonly #population: Population;
  readonly #tolerance: number;
  /** What each batch's device remembers. */
  #states: tf.Tensor1D[] = [];
  /** Passes that the device made in advance, with the means of the ones before. */
  #ahead: Pass[] = [];
  /** Floating-point operations of a call. How many passes one makes has no influence on what they find. */
  #operations = operationsAtFirst;

  /** @param tolerance squared moves of the centroids, in all, with which they rest. */
  constructor(population: Population, tolerance: number) {
    this.#population = population;
    this.#tolerance = tolerance;
  }

  /**
   * Assigns all customers to their nearest centroid and sums the segments; one read from the device.
   *
   * @param left how many passes are wanted at most, from this one on.
   */
  async over(centroids: Float32Array, left: number): Promise<Pass> {
    const done = this.#ahead.shift();
    if (done && centroids.every((value, i) => value === done.centroids[i])) return done;
    const { tensors, features, customers, walks } = this.#population;
    const walked = walks?.find(([first]) => centroids.every((value, i) => value === first.centroids[i]));
    if (walked) {
      this.#ahead = walked.slice(1);
      return walked[0];
    }
    const k = centroids.length / features;
    const operations = 2 * customers * features * k;
    const suitable = Math.floor(this.#operations / operations);
    // The means of several batches are known here only.
    const steps = tensors.length > 1 ? 1 : Math.max(1, Math.min(suitable, left, 64));
    const began = performance.now();
    const values = await this.#run(centroids, steps);
    this.#ahead = this.#read(values, centroids);
    const pace = (1000 * this.#ahead.length * operations) / (performance.now() - began);
    this.#operations = Math.min(4 * this.#operations, Math.max(this.#operations / 4, pace * secondsAtATime));
    return this.#ahead.shift()!;
  }

  /** Sums, residuals and counts: a row for each step, or for each batch's only one. */
  async #run(centroids: Float32Array, steps: number): Promise<Float32Array> {
    const { tensors, features, weights } = this.#population;
    const k = centroids.length / features;
    const before = this.#states;
    const { onDevice, states } = tf.tidy(() => {
      const uploaded = tf.tensor2d(centroids, [k, features]);
      const results = tensors.map((x, b) =>
        lloydSteps(
          { x, centroids: uploaded, weights: weights?.[b], state: before[b] },
          { steps, tolerance: this.#tolerance },
        ),
      );
      const rows = results.map(({ sums, residuals, counts }) => {
        const made = counts.shape[0];
        return tf.concat([tf.reshape(sums, [made, -1]), tf.reshape(residuals, [made, -1]), counts], 1);
      });
      return { onDevice: tf.concat(rows), states: results.map(({ state }) => state) };
    });
    tf.dispose(before);
    this.#states = states;
    const values = await onDevice.data<'float32'>();
    onDevice.dispose();
    return values as Float32Array;
  }

  #read(values: Float32Array, first: Float32Array): Pass[] {
    const { tensors, features, spread } = this.#population;
    const size = first.length;
    const k = size / features;
    const rowLength = 2 * size + k;
    const passes: Pass[] = [];
    let centroids = first;
    for (let start = 0; start < values.length; ) {
      // A step that the device did not make.
      if (values[start + 2 * size] < 0) break;
      const [sums, counts] = [new Float64Array(size), new Float64Array(k)];
      for (let batch = 0; batch < tensors.length; batch++, start += rowLength) {
        for (let i = 0; i < size; i++) sums[i] += values[start + i] + values[start + size + i];
        for (let segment = 0; segment < k; segment++) counts[segment] += values[start + 2 * size + segment];
      }
      const inertia = inertiaOf(spread, sums, counts, centroids);
      passes.push({ centroids, sums, counts, inertia });
      centroids = meansOf({ sums, counts }, features, centroids);
    }
    return passes;
  }

  dispose(): void {
    tf.dispose(this.#states);
    this.#states = [];
  }
}

/** The means of the segments; a segment without customers keeps its centroid. */
export function meansOf(
  { sums, counts }: Pick<Pass, 'sums' | 'counts'>,
  features: number,
  centroids: Float32Array,
): Float32Array {
  const means = centroids.slice();
  for (let segment = 0, i = 0; segment < counts.length; segment++) {
    const count = counts[segment];
    for (let f = 0; f < features; f++, i++) if (count > 0) means[i] = sums[i] / count;
  }
  return means;
}
