import * as tf from '@tensorflow/tfjs-core';
import { lloydStep } from '../ops/index.js';
import type { Random } from '../random.js';
import { gatherColumns, type HostBatch } from './batches.js';
import type { IterateOptions, Iteration } from './iterate.js';
import { inertiaOf } from './lloyd.js';
import type { Spread } from './spread.js';
import type { CustomerBatch, Part, Visit } from './visit.js';

/** Batches in a row that do not lessen the smoothed inertia, after which there is nothing more to gain. */
const patience = 10;

export type MiniBatchOptions = Pick<
  IterateOptions,
  'start' | 'maxIterations' | 'tolerance' | 'onIteration' | 'turn'
>;

/** Where the batches led. */
export interface MiniBatchResult {
  /** `[k, features]` */
  centroids: Float32Array;
  iterations: number;
  converged: boolean;
}

/** The batch of these customers, ascending, of a part. */
function picked(
  part: HostBatch,
  weights: Float32Array | undefined,
  features: number,
  drawn: Int32Array,
): CustomerBatch {
  return {
    values: gatherColumns([{ ...part, from: 0 }], features, drawn),
    rows: drawn.length,
    weights: weights && Float32Array.from(drawn, i => weights[i]),
  };
}

/** The customers of a part in batches and in random order. */
function* shuffled(part: Part, size: number, random: Random): Generator<CustomerBatch> {
  const order = Int32Array.from({ length: part.customers }, (_, i) => i);
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  for (let from = 0; from < order.length; from += size) {
    const drawn = order.slice(from, from + size).sort();
    yield picked(part, part.weights?.host, part.x.shape[0], drawn);
  }
}

/**
 * Mini-batch k-means: each batch draws the centroids towards the means of its customers, the less the more customers a
 * centroid has seen (D. Sculley, "Web-scale k-means clustering", WWW 2010). It is over once centroids rest, or once the
 * inertia, smoothed over as many customers as there are, has not fallen for ten batches.
 */
class MiniBatches {
  readonly #spread: Spread;
  readonly #options: MiniBatchOptions;
  readonly #seen: Float64Array;
  /** In float64: what a late batch adds to a centroid is small. */
  readonly #centroids: Float64Array;
  #iterations = 0;
  #smoothed = Number.NaN;
  #least = Number.POSITIVE_INFINITY;
  #since = 0;
  #converged = false;

  constructor(first: Float32Array, spread: Spread, options: MiniBatchOptions) {
    this.#spread = spread;
    this.#options = options;
    this.#centroids = Float64Array.from(first);
    this.#seen = new Float64Array(first.length / spread.mean.length);
  }

  get isOver(): boolean {
    return this.#converged || this.#iterations === this.#options.maxIterations;
  }

  get result(): MiniBatchResult {
    return {
      centroids: Float32Array.from(this.#centroids),
      iterations: this.#iterations,
      converged: this.#converged,
    };
  }

  async take(batch: CustomerBatch): Promise<void> {
    const { start, tolerance, onIteration, turn } = this.#options;
    await turn();
    const began = performance.now();
    const features = this.#spread.mean.length;
    const k = this.#seen.length;
    const before = Float32Array.from(this.#centroids);
    const onDevice = tf.tidy(() => {
      const x = tf.tensor2d(batch.values, [features, batch.rows]);
      const { sums, residuals, counts } = lloydStep(
        x,
        tf.tensor2d(before, [k, features]),
        batch.weights && tf.tensor1d(batch.weights),
      );
      return tf.concat([tf.reshape(sums, [-1]), tf.reshape(residuals, [-1]), counts]);
    });
    const found = await onDevice.data<'float32'>();
    onDevice.dispose();
    const size = k * features;
    const sums = Float64Array.from({ length: size }, (_, i) => found[i] + found[size + i]);
    const counts = Float64Array.from(found.subarray(2 * size));
    const weight = counts.reduce((sum, count) => sum + count, 0);
    if (weight === 0) return;
    const own = { ...this.#spread, scatter: this.#scatterOf(batch) };
    const inertia = (inertiaOf(own, sums, counts, before) / weight) * this.#spread.weight;
    let shift = 0;
    for (let segment = 0, i = 0; segment < k; segment++) {
      this.#seen[segment] += counts[segment];
      for (let f = 0; f < features; f++, i++) {
        if (counts[segment] === 0) continue;
        const move = (sums[i] - counts[segment] * this.#centroids[i]) / this.#seen[segment];
        this.#centroids[i] += move;
        shift += move * move;
      }
    }
    this.#iterations++;
    this.#judge(inertia, weight, shift <= tolerance);
    const iteration: Iteration = {
      start,
      iteration: this.#iterations,
      inertia,
      shift,
      milliseconds: performance.now() - began,
    };
    onIteration?.(iteration);
  }

  /** Weighted sum of squared distances of the batch's customers from the mean of all. */
  #scatterOf({ values, rows: customers, weights }: CustomerBatch): number {
    let sum = 0;
    for (const [f, mean] of this.#spread.mean.entries()) {
      for (let i = 0; i < customers; i++) {
        const difference = values[f * customers + i] - mean;
        sum += (weights ? weights[i] : 1) * difference * difference;
      }
    }
    return sum;
  }

  #judge(inertia: number, weight: number, isAtRest: boolean): void {
    const share = Math.min(1, (2 * weight) / this.#spread.weight);
    // The first batch still shows the first centroids.
    if (this.#iterations === 1) return;
    this.#smoothed = Number.isNaN(this.#smoothed) ? inertia : this.#smoothed * (1 - share) + inertia * share;
    this.#since = this.#smoothed < this.#least ? 0 : this.#since + 1;
    this.#least = Math.min(this.#least, this.#smoothed);
    this.#converged = isAtRest || this.#since >= patience;
  }
}

/** Mini-batches of customers in memory, drawn at random. */
export async function fitDrawn(
  host: readonly HostBatch[],
  spread: Spread,
  first: Float32Array,
  { size, random, weights }: { size: number; random: Random; weights?: Float32Array },
  options: MiniBatchOptions,
): Promise<MiniBatchResult> {
  const features = spread.mean.length;
  const last = host[host.length - 1];
  const everybody = last.from + last.customers;
  const batches = new MiniBatches(first, spread, options);
  while (!batches.isOver) {
    const drawn = Int32Array.from({ length: Math.min(size, everybody) }, () =>
      random.integer(everybody),
    ).sort();
    await batches.take({
      values: gatherColumns(host, features, drawn),
      rows: drawn.length,
      weights: weights && Float32Array.from(drawn, i => weights[i]),
    });
  }
  return batches.result;
}

/** Mini-batches of customers who are visited: parts as they come, the customers of each in random order. */
export async function fitVisited(
  visit: Visit,
  spread: Spread,
  first: Float32Array,
  { size, random }: { size: number; random: Random },
  options: MiniBatchOptions,
): Promise<MiniBatchResult> {
  const batches = new MiniBatches(first, spread, options);
  while (!batches.isOver) {
    await visit(async part => {
      if (batches.isOver) return;
      for (const batch of shuffled(part, size, random)) {
        if (!batches.isOver) await batches.take(batch);
      }
    });
  }
  return batches.result;
}
