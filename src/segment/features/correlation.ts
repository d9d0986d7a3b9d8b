import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../../errors.js';
import { pairwiseDistance } from '../../ops/index.js';
import { type Batches, batchesOf, type Features, readBatches } from '../batches.js';
import { checkFinite } from '../spread.js';
import { meanRanks } from './mean-ranks.js';

/** Of the values themselves, or of their ranks: Spearman's also sees relations that are not straight. */
export type CorrelationMethod = 'pearson' | 'spearman';

export interface CorrelationOptions {
  /** Default: pearson. */
  method?: CorrelationMethod;
  /** Names of the features, for messages. */
  features?: readonly string[];
}

/**
 * How features go together over the customers, `[features, features]` row by row: from -1 to 1, 0 for a feature
 * that is the same for everybody (1 with itself).
 *
 * @param x features of the customers, `[features, customers]`, whole or in batches.
 * @throws DataError for NaN or infinite values.
 */
export async function correlateFeatures(
  x: Features,
  options: CorrelationOptions = {},
): Promise<Float32Array> {
  const batches = batchesOf(x);
  const { features, customers } = batches;
  const values = await checkedRows(batches, options);
  // Customers become the features of the features, each seen from its mean so that float32 sums stay exact enough.
  const byCustomer = new Float32Array(features * customers);
  for (let f = 0; f < features; f++) {
    const row = options.method === 'spearman' ? meanRanks(values[f]) : values[f];
    let sum = 0;
    for (let i = 0; i < customers; i++) sum += row[i] - row[0];
    for (let i = 0; i < customers; i++) byCustomer[i * features + f] = row[i] - row[0] - sum / customers;
  }
  const columns = tf.tensor2d(byCustomer, [customers, features]);
  const correlations = await correlationsOf(columns, columns);
  columns.dispose();
  for (let f = 0; f < features; f++) correlations[f * features + f] = 1;
  return correlations;
}

/**
 * How alike the profiles of customers are, `[m, n]` row by row: the correlation over the features of each of
 * `a [features, m]` with each of `b [features, n]`; 0 for a customer all of whose features are equal. The features
 * should be on one scale. The whole result is held at once: pass blocks where m · n would not fit.
 *
 * @throws DataError for NaN or infinite values.
 * @throws UsageError where a and b differ in their features.
 */
export async function correlateCustomers(
  a: tf.Tensor2D,
  b: tf.Tensor2D,
  options: CorrelationOptions = {},
): Promise<Float32Array> {
  const [left, right] = [await profiles(a, options), await profiles(b, options)];
  try {
    return await correlationsOf(left, right);
  } finally {
    tf.dispose([left, right]);
  }
}

async function profiles(x: tf.Tensor2D, options: CorrelationOptions): Promise<tf.Tensor2D> {
  const batches = batchesOf(x);
  const { features, customers } = batches;
  const values = await checkedRows(batches, options);
  if (options.method !== 'spearman') return tf.clone(x);
  const ranked = new Float32Array(features * customers);
  for (let i = 0; i < customers; i++) {
    meanRanks(values.map(row => row[i])).forEach((rank, f) => {
      ranked[f * customers + i] = rank;
    });
  }
  return tf.tensor2d(ranked, [features, customers]);
}

/** 1 less the correlation distance of the columns. */
async function correlationsOf(a: tf.Tensor2D, b: tf.Tensor2D): Promise<Float32Array> {
  const similarity = tf.tidy(() => tf.sub(1, pairwiseDistance(a, b, 'correlation')));
  const values = Float32Array.from(await similarity.data<'float32'>());
  similarity.dispose();
  return values;
}

/** The values of each feature. */
async function checkedRows(
  batches: Batches,
  { method = 'pearson', features: names }: CorrelationOptions,
): Promise<Float32Array[]> {
  if (method !== 'pearson' && method !== 'spearman') {
    throw new UsageError({ expected: 'method to be pearson or spearman', found: `"${method}"` });
  }
  const { features, customers } = batches;
  const host = await readBatches(batches);
  checkFinite(host, features, names);
  return Array.from({ length: features }, (_, f) => {
    const row = new Float32Array(customers);
    for (const { values, customers: n, from } of host) row.set(values.subarray(f * n, (f + 1) * n), from);
    return row;
  });
}
