import type { Vector } from 'apache-arrow';
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

/** Reads recency, frequency and monetary value of all customers. */
export async function readRfm(
  db: Database,
  { snapshot }: { snapshot?: string | Date } = {},
): Promise<RfmColumns> {
  const { matrix } = await FeatureEncoder.fitTransform(db, builtIns, { snapshot, scale: 'none' });
  const [recency, frequency, monetary] = matrix.raw;
  return { ids: matrix.ids, recency, frequency, monetary };
}
