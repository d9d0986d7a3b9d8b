import { type Tensor1D, type Tensor2D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { DataError, UsageError } from '../errors.js';
import { Random } from '../random.js';
import { takeTurns } from '../turns.js';
import { gatherColumns, type HostBatch } from './batches.js';
import { sampleOf } from './candidates.js';

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

/** What is found of each batch on the device, one batch after another. */
export async function* onBatches<Found>(
  stream: CustomerStream,
  find: (x: Tensor2D) => Promise<Found>,
): AsyncGenerator<Found> {
  for await (const { values, rows } of stream()) {
    const x = tensor2d(values, [values.length / rows, rows]);
    try {
      yield await find(x);
    } finally {
      x.dispose();
    }
  }
}

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

/**
 * Gathers some customers in one visit.
 *
 * @param chosen their numbers, ascending.
 * @returns their feature values, `[features, chosen]`, and their weights where customers have such.
 */
export async function gatherVisited(
  visit: Visit,
  chosen: Int32Array,
): Promise<{ values: Float32Array; features: number; weights?: Float32Array }> {
  let [values, features] = [new Float32Array(), 0];
  let weights: Float32Array | undefined;
  let next = 0;
  await visit(async part => {
    if (part.from === 0) {
      features = part.x.shape[0];
      values = new Float32Array(features * chosen.length);
    }
    const end = part.from + part.customers;
    let to = next;
    while (to < chosen.length && chosen[to] < end) to++;
    const own = chosen.subarray(next, to).map(customer => customer - part.from);
    const columns = gatherColumns([{ ...part, from: 0 }], features, own);
    for (let f = 0; f < features; f++) {
      values.set(columns.subarray(f * own.length, (f + 1) * own.length), f * chosen.length + next);
    }
    if (part.weights) {
      weights ??= new Float32Array(chosen.length).fill(1);
      for (const [i, customer] of own.entries()) weights[next + i] = part.weights.host[customer];
    }
    next = to;
  });
  return { values, features, weights };
}

/**
 * Some customers of a stream, spread evenly, `[features, size]`.
 *
 * @param customers how many there are.
 */
export async function sampleStream(
  stream: CustomerStream,
  customers: number,
  size: number,
  seed: number,
  signal?: AbortSignal,
): Promise<Tensor2D> {
  const chosen = sampleOf(customers, size, new Random(seed));
  const { values, features } = await gatherVisited(visitStream(stream, takeTurns(signal)), chosen);
  return tensor2d(values, [features, chosen.length]);
}
