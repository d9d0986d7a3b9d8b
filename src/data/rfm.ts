import type { Vector } from 'apache-arrow';
import type { CustomerFeatures } from './customer-features.js';
import type { Database } from './database.js';
import { builtIns } from './feature.js';
import { FeatureEncoder } from './feature-encoder.js';

/** What recency, frequency and monetary value of each customer are, unscaled. */
export interface RfmColumns {
  /** In the order of `FeatureMatrix.ids`. */
  ids: Vector;
  /** Whole days from the last purchase to the snapshot. */
  recency: Float64Array;
  /** Distinct baskets. */
  frequency: Float64Array;
  /** Sum of the amounts. */
  monetary: Float64Array;
}

/**
 * Finds recency, frequency and monetary value of all customers, in this order and unscaled; what takes more than `memory`
 * bytes is left on disk.
 */
export async function findRfm(
  db: Database,
  memory: number,
  { snapshot }: { snapshot?: string | Date } = {},
): Promise<CustomerFeatures> {
  return (await FeatureEncoder.fitWithin(db, builtIns, memory, { snapshot, scale: 'none' })).customers;
}

/** Reads recency, frequency and monetary value of all customers. */
export async function readRfm(
  db: Database,
  { snapshot }: { snapshot?: string | Date } = {},
): Promise<RfmColumns> {
  const { matrix } = await FeatureEncoder.fitTransform(db, builtIns, { snapshot, scale: 'none' });
  const [recency, frequency, monetary] = matrix.raw;
  return { ids: matrix.ids, recency, frequency, monetary };
}
