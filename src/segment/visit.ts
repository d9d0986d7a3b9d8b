import { type Tensor1D, type Tensor2D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { DataError, UsageError } from '../errors.js';
import type { HostBatch } from './batches.js';

/** Some of the customers, on the device and on the host. */
export interface Part extends HostBatch {
  /** `[features, customers]` */
  x: Tensor2D;
  /** `[customers]` */
  weights?: { device: Tensor1D; host: Float32Array };
}

/** Goes through all customers once, part by part, always in the same order. What a part is made of lasts until the next. */
export type Visit = (each: (part: Part) => Promise<void>) => Promise<void>;

/** Visits customers who are in memory. */
export function visitAll(
  tensors: readonly Tensor2D[],
  host: readonly HostBatch[],
  uploaded?: readonly Tensor1D[],
  weights?: Float32Array,
): Visit {
  return async each => {
    for (const [b, batch] of host.entries()) {
      const own = weights?.subarray(batch.from, batch.from + batch.customers);
      await each({
        ...batch,
        x: tensors[b],
        weights: own && uploaded && { device: uploaded[b], host: own },
      });
    }
  };
}

/** Some customers of a table that need not fit into memory. */
export interface CustomerBatch {
  /** `[features, customers]`, one feature after another. */
  values: Float32Array;
  /** How many they are. */
  rows: number;
  /** `[customers]`, each at least 0: how many customers each one stands for; 1 unless told. */
  weights?: Float32Array;
}

/** Gives all customers from the first to the last each time that it is called. */
export type CustomerStream = () => AsyncIterable<CustomerBatch> | Iterable<CustomerBatch>;

/**
 * Visits customers who come from a stream; one batch at a time is in memory.
 *
 * @param turn awaited before each batch.
 * @throws UsageError for a batch whose length does not fit, or of other features than the one before.
 */
export function visitStream(stream: CustomerStream, turn: () => Promise<void>): Visit {
  let features: number | undefined;
  return async each => {
    let from = 0;
    for await (const { values, rows: customers, weights } of stream()) {
      await turn();
      if (customers === 0) continue;
      features ??= values.length / customers;
      if (!Number.isInteger(features) || values.length !== features * customers) {
        throw new UsageError({
          expected: `batches of ${Math.floor(features)} features of ${customers} customers`,
          found: `${values.length} values`,
        });
      }
      if (weights && weights.length !== customers) {
        throw new UsageError({
          expected: `${customers} weights, one per customer`,
          found: `${weights.length}`,
        });
      }
      const x = tensor2d(values, [features, customers]);
      const device = weights && tensor1d(weights);
      try {
        await each({ values, customers, from, x, weights: weights && { device: device!, host: weights } });
      } finally {
        x.dispose();
        device?.dispose();
      }
      from += customers;
    }
    if (from === 0) throw new DataError({ expected: 'customers to segment', found: 'no customers' });
  };
}
