import * as tf from '@tensorflow/tfjs-core';
import { DataError } from '../errors.js';
import { featureMoments } from '../ops/index.js';
import type { Batches, HostBatch } from './batches.js';

/** Where the customers lie and how far they spread, in float64. */
export interface Spread {
  /** Weighted mean of each feature. */
  mean: Float64Array;
  /** Sum of the weights; without weights, the customers. */
  weight: number;
  /** Weighted sum of squared distances from the mean: the inertia of one single segment. */
  scatter: number;
  /** Mean over the features of their (unweighted) variance, the yardstick of a tolerance. */
  meanVariance: number;
}

/** How messages call a feature. */
export function featureName(names: readonly string[] | undefined, feature: number): string {
  return names ? `feature "${names[feature]}"` : `feature row ${feature}`;
}

/** Values from which on all threads of a device are sooner done with them than this one. */
const manyValues = 200_000;

/** Whether no value is NaN or infinite; false as well where the squares of the values are beyond float32. */
export async function areFinite(values: Float32Array): Promise<boolean> {
  if (values.length < manyValues) {
    let sum = 0;
    for (const value of values) sum += value;
    return Number.isFinite(sum);
  }
  const { moments, residuals } = tf.tidy(() => ({
    ...featureMoments(tf.tensor2d(values, [1, values.length])),
  }));
  const found = await moments.data<'float32'>();
  tf.dispose([moments, residuals]);
  return found.every(Number.isFinite);
}

/** @throws DataError that names feature and customer if a value is NaN or infinite. */
export function checkFinite(
  batches: readonly HostBatch[],
  features: number,
  names?: readonly string[],
): void {
  for (let feature = 0; feature < features; feature++) {
    for (const { values, customers, from } of batches) {
      for (let i = 0; i < customers; i++) {
        const value = values[feature * customers + i];
        if (Number.isFinite(value)) continue;
        throw new DataError({
          expected: `finite numbers in ${featureName(names, feature)}`,
          found: `${value} for customer ${from + i} (counted from 0)`,
          hint: 'Fill or drop missing values first, for example with a `missing` cleaning step.',
        });
      }
    }
  }
}

/**
 * Mean and spread of the customers, by batch and then joined.
 *
 * @throws DataError that names feature and customer if a value is NaN or infinite.
 */
export async function spreadOf(
  { tensors, features }: Pick<Batches, 'tensors' | 'features'>,
  host: readonly HostBatch[],
  weights?: readonly tf.Tensor1D[],
  names?: readonly string[],
): Promise<Spread> {
  const sum = new SpreadSum(features);
  for (const [b, x] of tensors.entries()) {
    if (!(await sum.add(x, weights?.[b]))) checkFinite(host, features, names);
  }
  return sum.finish();
}

/** Of one feature. */
interface Moments {
  weight: number;
  mean: number;
  squares: number;
}

const noMoments = (features: number): Moments[] =>
  Array.from({ length: features }, () => ({ weight: 0, mean: 0, squares: 0 }));

/**
 * The spread of customers who come batch by batch (T. F. Chan, G. H. Golub and R. J. LeVeque, "Updating formulae and a
 * pairwise algorithm for computing sample variances", COMPSTAT 1982).
 */
export class SpreadSum {
  readonly #plain: Moments[];
  readonly #weighted: Moments[];
  #hasWeights = false;

  constructor(features: number) {
    this.#plain = noMoments(features);
    this.#weighted = noMoments(features);
  }

  /** Adds customers `[features, customers]`; gives whether all that came so far is finite. */
  async add(x: tf.Tensor2D, weights?: tf.Tensor1D): Promise<boolean> {
    if (weights && !this.#hasWeights) {
      this.#hasWeights = true;
      for (const [f, moments] of this.#plain.entries()) Object.assign(this.#weighted[f], moments);
    }
    await addMoments(this.#plain, x);
    if (this.#hasWeights) await addMoments(this.#weighted, x, weights);
    return this.#plain.every(({ mean }) => Number.isFinite(mean));
  }

  finish(): Spread {
    const weighted = this.#hasWeights ? this.#weighted : this.#plain;
    const variances = this.#plain.map(({ squares, weight }) => squares / weight);
    return {
      mean: Float64Array.from(weighted, ({ mean }) => mean),
      weight: weighted[0].weight,
      scatter: weighted.reduce((sum, { squares }) => sum + squares, 0),
      meanVariance: variances.reduce((sum, variance) => sum + variance, 0) / variances.length,
    };
  }
}

async function addMoments(total: Moments[], x: tf.Tensor2D, weights?: tf.Tensor1D): Promise<void> {
  const found = featureMoments(x, weights);
  const [moments, residuals] = await Promise.all([found.moments.data(), found.residuals.data()]);
  tf.dispose([found.moments, found.residuals]);
  for (const [f, all] of total.entries()) {
    const [weight, mean, squares] = [0, 1, 2].map(i => moments[3 * f + i] + residuals[3 * f + i]);
    if (weight === 0) continue;
    const difference = mean - all.mean;
    const both = all.weight + weight;
    all.squares += squares + difference ** 2 * ((all.weight * weight) / both);
    all.mean += difference * (weight / both);
    all.weight = both;
  }
}
