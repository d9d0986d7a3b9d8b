import { DataError } from '../errors.js';
import type { HostBatch } from './batches.js';

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

interface Sums {
  plain: number;
  weighted: number;
}

/** Sums of (x − origin)^power over one feature of all customers; the loops run along one batch's row. */
function sumsOfFeature(
  batches: readonly HostBatch[],
  feature: number,
  origin: Sums,
  power: 1 | 2,
  weights: Float32Array | undefined,
): Sums {
  let plain = 0;
  let weighted = 0;
  for (const { values, customers, from } of batches) {
    const start = feature * customers;
    for (let i = 0; i < customers; i++) {
      const value = values[start + i];
      const difference = value - origin.plain;
      plain += power === 1 ? difference : difference * difference;
      if (weights === undefined) continue;
      const weightedDifference = value - origin.weighted;
      weighted +=
        weights[from + i] * (power === 1 ? weightedDifference : weightedDifference * weightedDifference);
    }
  }
  return { plain, weighted: weights === undefined ? plain : weighted };
}

function findNotFinite(batches: readonly HostBatch[], feature: number): { customer: number; value: number } {
  for (const { values, customers, from } of batches) {
    for (let i = 0; i < customers; i++) {
      const value = values[feature * customers + i];
      if (!Number.isFinite(value)) return { customer: from + i, value };
    }
  }
  throw new RangeError('unreachable: sums of finite float32 values are finite in float64');
}

/** How messages call a feature. */
export function featureName(names: readonly string[] | undefined, feature: number): string {
  return names ? `feature "${names[feature]}"` : `feature row ${feature}`;
}

function finiteSums(
  batches: readonly HostBatch[],
  feature: number,
  weights?: Float32Array,
  names?: readonly string[],
): Sums {
  const sums = sumsOfFeature(batches, feature, { plain: 0, weighted: 0 }, 1, weights);
  if (Number.isFinite(sums.plain)) return sums;
  const { customer, value } = findNotFinite(batches, feature);
  throw new DataError({
    expected: `finite numbers in ${featureName(names, feature)}`,
    found: `${value} for customer ${customer} (counted from 0)`,
    hint: 'Fill or drop missing values first, for example with a `missing` cleaning step.',
  });
}

/** @throws DataError that names feature and customer if a value is NaN or infinite. */
export function checkFinite(
  batches: readonly HostBatch[],
  features: number,
  names?: readonly string[],
): void {
  for (let feature = 0; feature < features; feature++) finiteSums(batches, feature, undefined, names);
}

/**
 * Two passes over the values: mean, then squared distances from it.
 *
 * @throws DataError that names feature and customer if a value is NaN or infinite.
 */
export function spreadOf(
  batches: readonly HostBatch[],
  features: number,
  weights?: Float32Array,
  names?: readonly string[],
): Spread {
  const customers = batches.reduce((sum, batch) => sum + batch.customers, 0);
  const weight = weights ? weights.reduce((sum, w) => sum + w, 0) : customers;
  const mean = new Float64Array(features);
  let scatter = 0;
  let variances = 0;
  for (let f = 0; f < features; f++) {
    const sums = finiteSums(batches, f, weights, names);
    const means = { plain: sums.plain / customers, weighted: sums.weighted / weight };
    const squares = sumsOfFeature(batches, f, means, 2, weights);
    mean[f] = means.weighted;
    scatter += squares.weighted;
    variances += squares.plain / customers;
  }
  return { mean, weight, scatter, meanVariance: variances / features };
}
