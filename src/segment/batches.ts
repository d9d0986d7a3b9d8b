import type { Tensor2D } from '@tensorflow/tfjs-core';
import { UsageError } from '../errors.js';

/** Feature values of customers: one tensor `[features, customers]`, or batches of such, side by side. */
export type Features = Tensor2D | readonly Tensor2D[];

/** The batches of a feature matrix; the tensors stay the caller's. */
export interface Batches {
  tensors: readonly Tensor2D[];
  /** Rows of every batch. */
  features: number;
  /** Columns of all batches together. */
  customers: number;
}

/**
 * @throws UsageError for no batch at all, for something other than a matrix, and where batches differ in
 * their features.
 */
export function batchesOf(x: Features): Batches {
  const tensors = Array.isArray(x) ? (x as readonly Tensor2D[]) : [x as Tensor2D];
  if (tensors.length === 0)
    throw new UsageError({ expected: 'at least one batch of customers', found: 'none' });
  const features = tensors[0].shape[0];
  for (const [i, { shape, dtype }] of tensors.entries()) {
    if (shape.length === 2 && shape[0] === features && dtype === 'float32') continue;
    throw new UsageError({
      expected: `batch ${i} as float32 of shape [features${i > 0 ? `=${features}` : ''}, customers]`,
      found: `${dtype} of shape [${shape.join(', ')}]`,
    });
  }
  return { tensors, features, customers: tensors.reduce((sum, { shape }) => sum + shape[1], 0) };
}

/** Feature values in host memory, to look at single customers. */
export interface HostBatch {
  /** `[features, customers]` */
  values: Float32Array;
  customers: number;
  /** The number of the batch's first customer among all. */
  from: number;
}

/** The values of the batches; free where the device computes in host memory or keeps what was uploaded. */
export async function readBatches({ tensors }: Batches): Promise<HostBatch[]> {
  let from = 0;
  const batches: HostBatch[] = [];
  for (const tensor of tensors) {
    batches.push({
      values: (await tensor.data<'float32'>()) as Float32Array,
      customers: tensor.shape[1],
      from,
    });
    from += tensor.shape[1];
  }
  return batches;
}

/** Feature values of some customers, `[chosen, features]`; `chosen` are customer numbers, in any order. */
export function gatherCustomers(
  batches: readonly HostBatch[],
  features: number,
  chosen: ArrayLike<number>,
): Float64Array {
  const rows = new Float64Array(chosen.length * features);
  let b = 0;
  for (let i = 0; i < chosen.length; i++) {
    while (chosen[i] < batches[b].from) b--;
    while (chosen[i] >= batches[b].from + batches[b].customers) b++;
    const { values, customers, from } = batches[b];
    for (let f = 0; f < features; f++) rows[i * features + f] = values[f * customers + chosen[i] - from];
  }
  return rows;
}

/** Feature values of some customers, `[features, chosen]`; `chosen` ascends. */
export function gatherColumns(
  batches: readonly HostBatch[],
  features: number,
  chosen: Int32Array,
): Float32Array {
  const columns = new Float32Array(features * chosen.length);
  for (let f = 0; f < features; f++) {
    for (let i = 0, b = 0; i < chosen.length; i++) {
      while (chosen[i] >= batches[b].from + batches[b].customers) b++;
      const { values, customers, from } = batches[b];
      columns[f * chosen.length + i] = values[f * customers + chosen[i] - from];
    }
  }
  return columns;
}
