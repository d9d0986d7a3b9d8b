import * as tf from '@tensorflow/tfjs-core';
import { type LloydStepResult, lloydStep, nearestCentroid } from '../ops/index.js';
import { inertiaOf, type Pass } from './lloyd.js';
import { approach } from './repair.js';
import type { Spread } from './spread.js';
import type { Part, Visit } from './visit.js';

/** Passes that visit the customers part by part and keep nothing of them on the device. */
export class VisitedPasses {
  readonly #visit: Visit;
  readonly #spread: Spread;
  /** The segments of all customers in the pass before, where it is counted how many move. */
  #labels?: Int32Array;

  /** @param countMoved of how many customers, to count those that moved; costs 4 bytes a customer. */
  constructor(visit: Visit, spread: Spread, countMoved?: number) {
    this.#visit = visit;
    this.#spread = spread;
    if (countMoved !== undefined) this.#labels = new Int32Array(countMoved).fill(-1);
  }

  /** Assigns all customers to their nearest centroid and sums the segments. */
  async over(centroids: Float32Array): Promise<Pass> {
    const features = this.#spread.mean.length;
    const k = centroids.length / features;
    const sums = new Float64Array(k * features);
    const counts = new Float64Array(k);
    let moved = 0;
    // Labels whose memory the next part may write over.
    let spare: tf.Tensor1D | undefined;
    const collect = async (found: LloydStepResult, from: number) => {
      const [rounded, residuals, own] = await Promise.all([
        found.sums.data<'float32'>(),
        found.residuals.data<'float32'>(),
        found.counts.data<'float32'>(),
      ]);
      for (let i = 0; i < sums.length; i++) sums[i] += rounded[i] + residuals[i];
      for (let segment = 0; segment < k; segment++) counts[segment] += own[segment];
      if (this.#labels) {
        const labels = await found.labels.data<'int32'>();
        const before = this.#labels.subarray(from, from + labels.length);
        for (let i = 0; i < labels.length; i++) if (labels[i] !== before[i]) moved++;
        before.set(labels);
      }
      tf.dispose([spare ?? [], found.sums, found.residuals, found.counts]);
      spare = found.labels;
    };
    // A graphics card works on a part while the next one is read and sent to it.
    let pending = Promise.resolve();
    try {
      await this.#visit(async ({ x, weights, from }) => {
        const into = spare;
        spare = undefined;
        const found = tf.tidy(() => ({
          ...lloydStep(x, tf.tensor2d(centroids, [k, features]), weights?.device, into),
        }));
        into?.dispose();
        const before = pending;
        pending = before.then(() => collect(found, from));
        // Told of below, unless the visit ends with an error of its own.
        pending.catch(() => {});
        await before;
      });
      await pending;
    } finally {
      spare?.dispose();
    }
    const inertia = inertiaOf(this.#spread, sums, counts, centroids);
    return { centroids, sums, counts, inertia, ...(this.#labels && { moved }) };
  }
}

/** Squared distances of the customers of a part from the nearest of the centroids `[k, features]`, and which that is. */
export async function nearestOf(
  { x }: Pick<Part, 'x'>,
  centroids: Float32Array,
): Promise<{ labels: Int32Array; distances: Float32Array }> {
  const features = x.shape[0];
  const found = tf.tidy(() => ({
    ...nearestCentroid(x, tf.tensor2d(centroids, [centroids.length / features, features])),
  }));
  const labels = (await found.labels.data<'int32'>()) as Int32Array;
  const distances = (await found.distances.data<'float32'>()) as Float32Array;
  tf.dispose([found.labels, found.distances]);
  return { labels, distances };
}

/** As `repairEmpty`, in a visit to all customers for each empty segment. */
export async function repairVisited(
  visit: Visit,
  { sums, counts, centroids }: Pass,
  empty: readonly number[],
): Promise<void> {
  const features = centroids.length / counts.length;
  const repaired: Float64Array[] = [];
  for (const segment of empty) {
    let farthest = { distance: 0, weight: 0, old: -1, row: new Float64Array(features) };
    await visit(async part => {
      const { labels, distances } = await nearestOf(part, centroids);
      for (const row of repaired) approach(distances, row, [{ ...part, from: 0 }]);
      for (let i = 0; i < labels.length; i++) {
        if (distances[i] <= farthest.distance) continue;
        const weight = part.weights ? part.weights.host[i] : 1;
        if (!(weight > 0 && counts[labels[i]] > weight * 1.000001)) continue;
        const row = Float64Array.from({ length: features }, (_, f) => part.values[f * part.customers + i]);
        farthest = { distance: distances[i], weight, old: labels[i], row };
      }
    });
    const { weight, old, row } = farthest;
    if (old < 0) return;
    for (let f = 0; f < features; f++) {
      sums[old * features + f] -= weight * row[f];
      sums[segment * features + f] = weight * row[f];
    }
    counts[old] -= weight;
    counts[segment] = weight;
    repaired.push(row);
  }
}
