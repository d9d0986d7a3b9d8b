import type * as tf from '@tensorflow/tfjs-core';
import type { Dispatch, KernelBackend } from '../device/webgpu/backend.js';
import { type ColumnPart, inColumnParts } from './column-parts.js';
import { evenTile } from './tile.js';

const shader = 'centroid-update';

/** Bytes of workgroup memory that every graphics card has. */
export const workgroupBytes = 16 << 10;

/** Bytes of an exact sum. */
const bytesOfSum = 12;

const sumsInWorkgroup = Math.floor(workgroupBytes / bytesOfSum);

/** More copies of a sum than this take longer to clear than they keep threads apart. */
const copiesAtMost = 16;

/** Customers of a workgroup whose sums can be limbs, which are whole numbers below 2^20 for each, and of 32 bits. */
const customersOfLimbs = 1792;

/** Segments of a workgroup up to which so few customers are enough to make adding its sums to the totals cheap. */
const segmentsOfLimbs = 128;

/** Workgroups that keep even a large graphics card busy. */
const workgroupsWanted = 2048;

interface SummedInputs {
  /** `[features, customers]` */
  x: tf.TensorInfo;
  /** `[customers]` */
  weights?: tf.TensorInfo;
  k: number;
}

/** What a dispatch that adds customers to the totals needs beside what is its own. */
export type Totals = Required<Pick<Dispatch, 'constants' | 'sizes' | 'tensors'>> & Pick<ColumnPart, 'of'>;

/** Where sums go. */
export interface Sums {
  /** `[steps, k, features]`, or without the first. */
  sums: tf.TensorInfo;
  residuals: tf.TensorInfo;
  /** `[steps, k]` */
  counts: tf.TensorInfo;
  /** `[3, k, features + 1]`, zeros before and after. */
  totals: tf.TensorInfo;
  /** Which of the steps these are the sums of. */
  step?: number;
  /** Not 0 from the step on that is not to be made. */
  stopped?: tf.TensorInfo;
}

/** The greatest magnitude of each row, as the bits of a float32 `[rows]`. */
export function greatestOf(rows: tf.TensorInfo, backend: KernelBackend): GPUBuffer {
  const features = rows.shape.length === 1 ? 1 : rows.shape[0];
  const x = { ...rows, shape: [features, rows.shape[rows.shape.length - 1]] };
  return backend.derivedFrom(rows, 4 * features, newGreatest => {
    const chunk = 4096;
    backend.clear(newGreatest);
    inColumnParts(x, backend, ({ part, count }) => {
      const chunks = Math.ceil(count / chunk);
      backend.dispatch({
        shader,
        entry: 'measure',
        sizes: { customers: count, features, chunk, chunks },
        tensors: { x: part, newGreatest },
        workgroups: features * chunks,
      });
    });
  });
}

/**
 * Records the sums of the customers of each of `k` segments, exact and so the same in whatever order `add`
 * adds them to the totals.
 */
export function sumOnWebgpu(
  { x, weights, k }: SummedInputs,
  add: (totals: Totals) => void,
  backend: KernelBackend,
): [sums: tf.TensorInfo, residuals: tf.TensorInfo, counts: tf.TensorInfo] {
  const features = x.shape[0];
  const [sums, residuals] = [backend.output([k, features]), backend.output([k, features])];
  const counts = backend.output([k]);
  backend.withScratch([[3, k, features + 1]], totals => {
    backend.clear(totals);
    sumInto({ x, weights, k }, { sums, residuals, counts, totals }, add, backend);
  });
  return [sums, residuals, counts];
}

/** The same into tensors that are there already. */
export function sumInto(
  { x, weights, k }: SummedInputs,
  { totals, sums, residuals, counts, step = 0, stopped }: Sums,
  add: (totals: Totals) => void,
  backend: KernelBackend,
): void {
  const [features, customers] = x.shape;
  const constants = { weighted: weights ? 1 : 0, stoppable: stopped ? 1 : 0 };
  const sizes = { customers, features, k };
  const greatest = greatestOf(x, backend);
  const greatestWeight = weights && greatestOf(weights, backend);
  inColumnParts(x, backend, ({ part, count, of }) =>
    add({
      constants,
      sizes: { ...sizes, customers: count },
      tensors: { x: part, weights: weights && of(weights), greatest, greatestWeight, totals, stopped },
      of,
    }),
  );
  backend.dispatch({
    shader,
    entry: 'finish',
    constants,
    sizes: { ...sizes, step },
    tensors: { greatest, greatestWeight, finished: totals, sums, residuals, counts, stopped },
    workgroups: Math.ceil((k * (features + 1)) / 64),
  });
}

/** Adds each customer to the totals of the segment in `labels [customers]`. */
export function addByLabel(labels: tf.TensorInfo, backend: KernelBackend): (totals: Totals) => void {
  return ({ constants, sizes, tensors, of }) => {
    const { customers, features, k } = sizes;
    if (k > 4 * sumsInWorkgroup) {
      const chunks = Math.ceil(customers / 256);
      backend.dispatch({
        shader,
        entry: 'scatter',
        constants,
        sizes: { ...sizes, chunks },
        tensors: { ...tensors, labels: of(labels) },
        workgroups: chunks * (features + 1),
      });
      return;
    }
    const rows = features + 1;
    const segmentTile = evenTile(k, sumsInWorkgroup);
    const rowTile = evenTile(rows, Math.max(1, Math.floor(workgroupBytes / (bytesOfSum * segmentTile + 4))));
    const featureGroups = Math.ceil(rows / rowTile);
    const parts = featureGroups * Math.ceil(k / segmentTile);
    const limbs = !constants.weighted && segmentTile <= segmentsOfLimbs;
    const { chunk, chunks } = chunksOf(customers, parts, limbs);
    const copies = copiesWithin(workgroupBytes, segmentTile, rowTile);
    backend.dispatch({
      shader,
      entry: 'accumulate',
      constants: { ...constants, segmentTile, rowTile, copies, limbs: limbs ? 1 : 0 },
      sizes: { ...sizes, chunk, chunks, featureGroups },
      tensors: { ...tensors, labels: of(labels) },
      workgroups: chunks * parts,
    });
  };
}

/** How many copies fit of the sums of so many segments and rows, beside a number for each row. */
export function copiesWithin(bytes: number, segments: number, rows: number): number {
  return Math.min(copiesAtMost, Math.floor((bytes - 4 * rows) / (bytesOfSum * segments * rows)));
}

/** How many customers a workgroup takes: enough to make adding its sums to the totals cheap. */
export function chunksOf(customers: number, parts: number, limbs = false): { chunk: number; chunks: number } {
  const wanted = Math.max(1024, Math.ceil((customers * parts) / workgroupsWanted));
  const chunk = limbs ? Math.min(customersOfLimbs, wanted) : wanted;
  return { chunk, chunks: Math.ceil(customers / chunk) };
}
