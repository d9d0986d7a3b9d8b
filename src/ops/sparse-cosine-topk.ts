import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../device/native/backend.js';
import type { KernelBackend } from '../device/webgpu/backend.js';
import { UsageError } from '../errors.js';
import { nativePattern, type Similarity, type TopKOptions, type TopKResult } from './cosine-topk.js';
import { bytesOf, type Cost } from './cost.js';
import type { Csr, CsrTensors } from './csr.js';
import { boundary, entryParts, entryWindows, refuseLongRows, windowOf } from './entry-windows.js';
import { registerVersions, runKernel } from './kernel.js';
import { addByLabel, sumOnWebgpu } from './segment-sums.js';
import { TopK } from './top-k.js';

interface SparseCosineTopKInputs {
  /** `a [m, c]` */
  indptr: tf.Tensor1D;
  indices: tf.Tensor1D;
  values: tf.Tensor1D;
  /** The transpose of `b [n, c]`: row by column of `b`. */
  transposedIndptr: tf.Tensor1D;
  transposedIndices: tf.Tensor1D;
  transposedValues: tf.Tensor1D;
  excludeIndptr?: tf.Tensor1D;
  excludeIndices?: tf.Tensor1D;
}

interface SparseCosineTopKAttributes {
  /** Rows of `b`. */
  n: number;
  topK: number;
  metric: Similarity;
}

/**
 * For each row of the sparse `a [m, c]` the `topK` most similar rows of the sparse `b [n, c]`, which is given
 * transposed, as `[c, n]`. Only rows that share a column with it are candidates, and the columns that a row
 * misses count as 0.
 */
export function sparseCosineTopK(
  a: CsrTensors,
  bTransposed: CsrTensors,
  { topK, metric = 'cosine', exclude }: TopKOptions,
): TopKResult {
  if (a.columns !== bTransposed.rows) {
    throw new UsageError({
      expected: `b transposed to have ${a.columns} rows`,
      found: `${bTransposed.rows}`,
    });
  }
  const [indices, scores] = runKernel<[tf.Tensor2D, tf.Tensor2D]>(
    'SparseCosineTopK',
    {
      indptr: a.indptr,
      indices: a.indices,
      values: a.values,
      transposedIndptr: bTransposed.indptr,
      transposedIndices: bTransposed.indices,
      transposedValues: bTransposed.values,
      excludeIndptr: exclude?.indptr,
      excludeIndices: exclude?.indices,
    },
    { n: bTransposed.columns, topK, metric },
  );
  return { indices, scores };
}

/** The exact count of products, one for each pair of entries that share a column. */
export function sparseCosineTopKCost(a: Csr, bTransposed: Csr, topK: number): Cost {
  let products = 0;
  for (const column of a.indices) products += bTransposed.indptr[column + 1] - bTransposed.indptr[column];
  return costOf(products, a.indices.length, a.rows, topK);
}

/** The cost of finding the columns most similar to each column of a matrix, without its transpose. */
export function columnsTopKCost({ rows, columns, indptr, indices }: Csr, topK: number): Cost {
  let products = 0;
  for (let row = 0; row < rows; row++) products += (indptr[row + 1] - indptr[row]) ** 2;
  return costOf(products, indices.length, columns, topK);
}

function costOf(products: number, entries: number, rows: number, topK: number): Cost {
  return { flops: 2 * products, bytes: bytesOf(2 * entries, rows, 2 * products, 2 * rows * topK) };
}

// On the host, since TensorFlow.js has no sparse product: Gustavson's algorithm, row by row with a dense
// accumulator (F. G. Gustavson, "Two fast algorithms for sparse matrices", ACM TOMS 4(3), 1978).
function portable(
  inputs: SparseCosineTopKInputs,
  { n, topK, metric }: SparseCosineTopKAttributes,
): tf.Tensor[] {
  const m = inputs.indptr.size - 1;
  const [indptr, indices] = [inputs.indptr.dataSync<'int32'>(), inputs.indices.dataSync<'int32'>()];
  const values = inputs.values.dataSync<'float32'>();
  const transposedIndptr = inputs.transposedIndptr.dataSync<'int32'>();
  const transposedIndices = inputs.transposedIndices.dataSync<'int32'>();
  const transposedValues = inputs.transposedValues.dataSync<'float32'>();
  const excludeIndptr = inputs.excludeIndptr?.dataSync<'int32'>();
  const excludeIndices = inputs.excludeIndices?.dataSync<'int32'>();

  const cosine = metric === 'cosine';
  const squaredNorms = new Float64Array(n);
  transposedIndices.forEach((row, p) => {
    squaredNorms[row] += transposedValues[p] ** 2;
  });

  const products = new Float64Array(n);
  const reached = new Int32Array(n).fill(-1);
  const candidates: number[] = [];
  const best = new TopK(topK);
  const [foundIndices, foundScores] = [new Int32Array(m * topK), new Float32Array(m * topK)];
  for (let row = 0; row < m; row++) {
    let squaredNorm = 0;
    candidates.length = 0;
    for (let p = indptr[row]; p < indptr[row + 1]; p++) {
      const column = indices[p];
      squaredNorm += values[p] ** 2;
      for (let q = transposedIndptr[column]; q < transposedIndptr[column + 1]; q++) {
        const other = transposedIndices[q];
        if (reached[other] !== row) {
          reached[other] = row;
          products[other] = 0;
          candidates.push(other);
        }
        products[other] += values[p] * transposedValues[q];
      }
    }
    if (excludeIndptr && excludeIndices) {
      for (let p = excludeIndptr[row]; p < excludeIndptr[row + 1]; p++) reached[excludeIndices[p]] = -1;
    }
    for (const other of candidates) {
      if (reached[other] !== row) continue;
      const length = cosine ? Math.sqrt(squaredNorm * squaredNorms[other]) : 1;
      best.offer(other, length === 0 ? 0 : products[other] / length);
    }
    best.flush(foundIndices, foundScores, row * topK);
  }
  return [tf.tensor2d(foundIndices, [m, topK], 'int32'), tf.tensor2d(foundScores, [m, topK])];
}

function native(
  inputs: SparseCosineTopKInputs,
  { n, topK, metric }: SparseCosineTopKAttributes,
  backend: NativeBackend,
): tf.TensorInfo[] {
  const m = inputs.indptr.size - 1;
  const columns = inputs.transposedIndptr.size - 1;
  const indices = new Int32Array(m * topK);
  const scores = new Float32Array(m * topK);
  backend.addon.sparseCosineTopK(
    {
      rows: m,
      columns,
      indptr: backend.integers(inputs.indptr),
      indices: backend.integers(inputs.indices),
      values: backend.floats(inputs.values),
    },
    {
      rows: columns,
      columns: n,
      indptr: backend.integers(inputs.transposedIndptr),
      indices: backend.integers(inputs.transposedIndices),
      values: backend.floats(inputs.transposedValues),
    },
    topK,
    metric === 'cosine',
    nativePattern(backend, m, n, inputs.excludeIndptr, inputs.excludeIndices),
    indices,
    scores,
  );
  return [backend.output(indices, m, topK), backend.output(scores, m, topK)];
}

function webgpu(
  inputs: SparseCosineTopKInputs,
  { n, topK, metric }: SparseCosineTopKAttributes,
  backend: KernelBackend,
): tf.TensorInfo[] {
  const shader = 'sparse-cosine-topk';
  const { indptr, indices, transposedIndptr, transposedIndices, excludeIndptr, excludeIndices } = inputs;
  const m = indptr.shape[0] - 1;
  const [foundIndices, foundScores] = [backend.output([m, topK], 'int32'), backend.output([m, topK])];
  if (m * topK === 0) return [foundIndices, foundScores];
  const cosine = metric === 'cosine' ? 1 : 0;
  const otherSquaredNorms = cosine ? squaredNormsOnWebgpu(inputs, n, backend) : undefined;
  const { bindingBytes } = backend.limits;
  const windows = entryWindows(indices.shape[0], bindingBytes);
  if (windows.length > 1) refuseLongRows(indptr, windows[0].startsEnd, backend);
  const transposedParts = entryParts(transposedIndices.shape[0], bindingBytes);
  const excludeParts = excludeIndices ? entryParts(excludeIndices.shape[0], bindingBytes) : [];
  const scratchBytes = Math.min(backend.limits.scratchBytes, bindingBytes);
  const fitting = Math.max(1, Math.floor(scratchBytes / (4 * Math.max(n, topK))));
  // In whole boundaries where there are so many, so that what is found can be bound in parts.
  const rowsAtATime = Math.min(m, fitting < boundary ? fitting : fitting - (fitting % boundary));
  backend.withScratch([[rowsAtATime, n], [rowsAtATime]], (products, squaredNorms) => {
    for (let row0 = 0; row0 < m; row0 += rowsAtATime) {
      const rows = Math.min(rowsAtATime, m - row0);
      const sizes = { row0, rows, n, topK };
      for (const { entry0, entries, startsEnd } of windows) {
        for (const { entry0: transposed0, entries: transposed } of transposedParts) {
          backend.dispatch({
            shader,
            entry: 'multiply',
            constants: { cosine },
            sizes: {
              ...sizes,
              entry0,
              entryEnd: startsEnd,
              transposed0,
              transposedEnd: transposed0 + transposed,
            },
            tensors: {
              indptr,
              indices: windowOf(indices, entry0, entries),
              values: windowOf(inputs.values, entry0, entries),
              transposedIndptr,
              transposedIndices: windowOf(transposedIndices, transposed0, transposed),
              transposedValues: windowOf(inputs.transposedValues, transposed0, transposed),
              newProducts: products,
              newSquaredNorms: squaredNorms,
            },
            workgroups: rows,
          });
        }
      }
      for (const { entry0, entries } of excludeParts) {
        backend.dispatch({
          shader,
          entry: 'takeOut',
          sizes: { ...sizes, entry0, entryEnd: entry0 + entries },
          tensors: {
            excludeIndptr,
            excludeIndices: excludeIndices && windowOf(excludeIndices, entry0, entries),
            newProducts: products,
          },
          workgroups: rows,
        });
      }
      const found0 = boundary * Math.floor(row0 / boundary);
      const found = (tensor: tf.TensorInfo) => windowOf(tensor, topK * found0, topK * (row0 + rows - found0));
      backend.dispatch({
        shader,
        entry: 'choose',
        constants: { cosine },
        sizes: { ...sizes, found0 },
        tensors: {
          products,
          squaredNorms,
          otherSquaredNorms,
          foundIndices: found(foundIndices),
          foundScores: found(foundScores),
        },
        workgroups: rows,
      });
    }
  });
  if (otherSquaredNorms) backend.disposeData(otherSquaredNorms.dataId);
  return [foundIndices, foundScores];
}

/** Sums of squares by column of the transposed matrix: a centroid update whose segments are the columns. */
function squaredNormsOnWebgpu(
  { transposedIndices: labels, transposedValues: weights }: SparseCosineTopKInputs,
  n: number,
  backend: KernelBackend,
): tf.TensorInfo {
  const x = { dataId: weights.dataId, dtype: weights.dtype, shape: [1, weights.shape[0]] };
  const [sums, ...rest] = sumOnWebgpu({ x, weights, k: n }, addByLabel(labels, backend), backend);
  for (const { dataId } of rest) backend.disposeData(dataId);
  return sums;
}

registerVersions<SparseCosineTopKInputs, SparseCosineTopKAttributes>('SparseCosineTopK', {
  native,
  webgpu,
  portable,
});
