import { DataError, UsageError } from '../../errors.js';
import { type Batches, readBatches } from '../batches.js';
import type { DensityMetric } from '../dbscan/options.js';
import { checkFinite } from '../spread.js';

/** Customers one after the other, with all their features. */
export interface Rows {
  /** `[kept, features]`; for cosine of length 1. */
  points: Float32Array;
  /** The customer of each row. */
  kept: Int32Array;
}

/**
 * The customers as rows. For cosine without those who have no direction, all of whose features are 0.
 *
 * @throws DataError for no customers or features, and for NaN or infinite values.
 */
export async function rowsOf(
  batches: Batches,
  metric: DensityMetric,
  names?: readonly string[],
): Promise<Rows> {
  const { features, customers } = batches;
  if (names && names.length !== features) {
    throw new UsageError({ expected: `${features} names of features`, found: `${names.length}` });
  }
  if (customers === 0 || features === 0) {
    const found = customers === 0 ? 'no customers' : 'no features';
    throw new DataError({ expected: 'customers to segment', found });
  }
  const host = await readBatches(batches);
  checkFinite(host, features, names);
  const points = new Float32Array(customers * features);
  for (const { values, customers: n, from } of host) {
    for (let f = 0; f < features; f++) {
      for (let i = 0; i < n; i++) points[(from + i) * features + f] = values[f * n + i];
    }
  }
  return metric === 'cosine'
    ? directions(points, features)
    : { points, kept: Int32Array.from({ length: customers }, (_, i) => i) };
}

function directions(points: Float32Array, features: number): Rows {
  const kept: number[] = [];
  let next = 0;
  for (let start = 0; start < points.length; start += features) {
    let squares = 0;
    for (let f = 0; f < features; f++) squares += points[start + f] ** 2;
    if (squares === 0) continue;
    const length = Math.sqrt(squares);
    for (let f = 0; f < features; f++) points[next++] = points[start + f] / length;
    kept.push(start / features);
  }
  return { points: points.subarray(0, next), kept: Int32Array.from(kept) };
}

/** The squared Euclidean distance of two directions whose cosine distance is given. */
export function squaredRadius(distance: number, metric: DensityMetric): number {
  return metric === 'cosine' ? 2 * distance : distance * distance;
}

/** The inverse of {@link squaredRadius}. */
export function distanceOf(squared: number, metric: DensityMetric): number {
  return metric === 'cosine' ? squared / 2 : Math.sqrt(squared);
}
