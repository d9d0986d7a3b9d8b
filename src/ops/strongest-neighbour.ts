import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../device/native/backend.js';
import { checkShapes } from './check.js';
import { bytesOf, type Cost } from './cost.js';
import type { Csr, CsrTensors } from './csr.js';
import { registerVersions, runKernel } from './kernel.js';

interface StrongestNeighbourInputs {
  /** `[m, n]` */
  indptr: tf.Tensor1D;
  indices: tf.Tensor1D;
  values: tf.Tensor1D;
  /** `[n, n]` */
  similarIndptr: tf.Tensor1D;
  similarIndices: tf.Tensor1D;
  similarValues: tf.Tensor1D;
  /** `[n, n]` */
  likersIndptr: tf.Tensor1D;
  likersIndices: tf.Tensor1D;
  likersValues: tf.Tensor1D;
  /** int32 `[m, count]`, -1 for none. */
  recommended: tf.Tensor2D;
}

/**
 * Of the items that each customer has the one that adds most to each recommended item: its value times its similarity to
 * it, of equals the first.
 *
 * @param owned `[m, n]`
 * @param similar `[n, n]`, in row i the items that item i speaks for, their similarities as values.
 * @param likers what {@link likersOf} makes of `similar`, or of more of it.
 * @param recommended int32 `[m, count]`, items; -1 for none.
 * @returns int32 `[m, count]`, -1 where none speaks for it.
 */
export function strongestNeighbour(
  owned: CsrTensors,
  similar: CsrTensors,
  likers: CsrTensors,
  recommended: tf.Tensor2D,
): tf.Tensor2D {
  checkShapes({ recommended: [recommended, 'mc'] });
  const { indptr, indices, values } = owned;
  return runKernel<[tf.Tensor2D]>('StrongestNeighbour', {
    indptr,
    indices,
    values,
    similarIndptr: similar.indptr,
    similarIndices: similar.indices,
    similarValues: similar.values,
    likersIndptr: likers.indptr,
    likersIndices: likers.indices,
    likersValues: likers.values,
    recommended,
  })[0];
}

/**
 * The transposed matrix with the entries of each row by descending value, of equals by ascending column: in row i the items
 * that have item i among their neighbours. The values must not be below 0.
 */
export function likersOf({ rows, columns, indptr, indices, values }: Csr): Csr {
  const rowOf = new Int32Array(indices.length);
  for (let row = 0; row < rows; row++) rowOf.fill(row, indptr[row], indptr[row + 1]);
  const likers: Csr = {
    rows: columns,
    columns: rows,
    indptr: new Int32Array(columns + 1),
    indices: new Int32Array(indices.length),
    values: new Float32Array(indices.length),
  };
  for (const column of indices) likers.indptr[column + 1]++;
  for (let c = 0; c < columns; c++) likers.indptr[c + 1] += likers.indptr[c];
  const next = likers.indptr.slice(0, columns);
  for (const entry of descending(values)) {
    const place = next[indices[entry]]++;
    likers.indices[place] = rowOf[entry];
    likers.values[place] = values[entry];
  }
  return likers;
}

/** The places of the values from the greatest to the least, equals in order: a radix sort of their bits. */
function descending(values: Float32Array): Int32Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  let order = Int32Array.from({ length: values.length }, (_, i) => i);
  for (const shift of [0, 16]) {
    const starts = new Int32Array((1 << 16) + 1);
    const digit = (entry: number) => 0xffff - ((bits[entry] >>> shift) & 0xffff);
    for (const entry of order) starts[digit(entry) + 1]++;
    for (let d = 0; d < 1 << 16; d++) starts[d + 1] += starts[d];
    const sorted = new Int32Array(values.length);
    for (const entry of order) sorted[starts[digit(entry)]++] = entry;
    order = sorted;
  }
  return order;
}

/** At most, a product for each similarity of what the customers have: a device that starts from the recommended needs fewer. */
export function strongestNeighbourCost(owned: Csr, similar: Csr, count: number): Cost {
  let products = 0;
  for (const item of owned.indices) products += similar.indptr[item + 1] - similar.indptr[item];
  return {
    flops: products,
    bytes: bytesOf(2 * owned.indices.length, 2 * similar.indices.length, 2 * owned.rows * count),
  };
}

// Every similarity of what the customer has is looked up among the recommended items.
function portable(inputs: StrongestNeighbourInputs): tf.Tensor[] {
  const [m, count] = inputs.recommended.shape;
  const [indptr, indices] = [inputs.indptr.dataSync<'int32'>(), inputs.indices.dataSync<'int32'>()];
  const values = inputs.values.dataSync<'float32'>();
  const similarIndptr = inputs.similarIndptr.dataSync<'int32'>();
  const similarIndices = inputs.similarIndices.dataSync<'int32'>();
  const similarities = inputs.similarValues.dataSync<'float32'>();
  const recommended = inputs.recommended.dataSync<'int32'>();
  const because = new Int32Array(m * count).fill(-1);
  const rankOf = new Int32Array(similarIndptr.length - 1).fill(-1);
  const most = new Float64Array(count);
  for (let row = 0; row < m; row++) {
    const items = recommended.subarray(row * count, (row + 1) * count);
    items.forEach((item, rank) => {
      if (item >= 0) rankOf[item] = rank;
    });
    most.fill(Number.NEGATIVE_INFINITY);
    for (let p = indptr[row]; p < indptr[row + 1]; p++) {
      const item = indices[p];
      for (let q = similarIndptr[item]; q < similarIndptr[item + 1]; q++) {
        const rank = rankOf[similarIndices[q]];
        if (rank < 0) continue;
        const contribution = values[p] * similarities[q];
        if (contribution <= most[rank]) continue;
        most[rank] = contribution;
        because[row * count + rank] = item;
      }
    }
    for (const item of items) if (item >= 0) rankOf[item] = -1;
  }
  return [tf.tensor2d(because, [m, count], 'int32')];
}

function native(inputs: StrongestNeighbourInputs, _: object, backend: NativeBackend): tf.TensorInfo[] {
  const [m, count] = inputs.recommended.shape;
  const n = inputs.similarIndptr.size - 1;
  const because = new Int32Array(m * count);
  backend.addon.strongestNeighbour(
    {
      rows: m,
      columns: n,
      indptr: backend.integers(inputs.indptr),
      indices: backend.integers(inputs.indices),
      values: backend.floats(inputs.values),
    },
    {
      rows: n,
      columns: n,
      indptr: backend.integers(inputs.similarIndptr),
      indices: backend.integers(inputs.similarIndices),
      values: backend.floats(inputs.similarValues),
    },
    {
      rows: n,
      columns: n,
      indptr: backend.integers(inputs.likersIndptr),
      indices: backend.integers(inputs.likersIndices),
      values: backend.floats(inputs.likersValues),
    },
    backend.integers(inputs.recommended),
    count,
    because,
  );
  return [backend.output(because, m, count)];
}

registerVersions<StrongestNeighbourInputs, object>('StrongestNeighbour', {
  native,
  webgpu: 'host',
  portable,
});
