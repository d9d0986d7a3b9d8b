import * as tf from '@tensorflow/tfjs-core';
import type { Pattern } from '../device/native/addon.js';
import type { NativeBackend } from '../device/native/backend.js';
import type { KernelBackend } from '../device/webgpu/backend.js';
import { checkShapes } from './check.js';
import { topKOnWebgpu } from './cosine-topk-webgpu.js';
import { bytesOf, type Cost } from './cost.js';
import type { CsrTensors } from './csr.js';
import { registerVersions, runKernel } from './kernel.js';
import { TopK } from './top-k.js';

/** How alike two vectors are: their inner product, or that of their directions. */
export type Similarity = 'cosine' | 'dot';

export interface CosineTopKInputs {
  /** `[factors, m]` */
  queries: tf.Tensor2D;
  /** `[factors, n]` */
  items: tf.Tensor2D;
  /** int32 `[m + 1]`, where each query's excluded items begin. */
  excludeIndptr?: tf.Tensor1D;
  /** int32, the excluded items, ascending for each query. */
  excludeIndices?: tf.Tensor1D;
}

export interface CosineTopKAttributes {
  topK: number;
  metric: Similarity;
}

export interface TopKResult {
  /** int32 `[m, topK]`, best first; of equal scores the lower index; -1 where there is none left. */
  indices: tf.Tensor2D;
  /** `[m, topK]`, `-Infinity` where there is none left. */
  scores: tf.Tensor2D;
}

export interface TopKOptions {
  topK: number;
  /** Default: cosine. */
  metric?: Similarity;
  /** `[m, n]`: the entries of row `i` are never among the results of query `i`; values are ignored. */
  exclude?: CsrTensors;
}

/**
 * For each column of `queries [factors, m]` the `topK` most similar columns of `items [factors, n]`.
 * The cosine of a column of zeros is 0.
 */
export function cosineTopK(
  queries: tf.Tensor2D,
  items: tf.Tensor2D,
  { topK, metric = 'cosine', exclude }: TopKOptions,
): TopKResult {
  checkShapes({ queries: [queries, 'fm'], items: [items, 'fn'] });
  const [indices, scores] = runKernel<[tf.Tensor2D, tf.Tensor2D]>(
    'CosineTopK',
    { queries, items, excludeIndptr: exclude?.indptr, excludeIndices: exclude?.indices },
    { topK, metric },
  );
  return { indices, scores };
}

export function cosineTopKCost(factors: number, m: number, n: number, topK: number): Cost {
  return { flops: 2 * factors * m * n, bytes: bytesOf(factors * (m + n), 2 * m * topK) };
}

/** Scores that the portable version holds at a time. */
const scoresAtATime = 1 << 22;

function portable(inputs: CosineTopKInputs, { topK, metric }: CosineTopKAttributes): tf.Tensor[] {
  const { queries, items } = inputs;
  const [factors, m] = queries.shape;
  const n = items.shape[1];
  const indptr = inputs.excludeIndptr?.dataSync<'int32'>();
  const excluded = inputs.excludeIndices?.dataSync<'int32'>();
  const indices = new Int32Array(m * topK);
  const scores = new Float32Array(m * topK);
  const best = new TopK(topK);
  const directions = (x: tf.Tensor2D) =>
    metric === 'dot' ? x : tf.divNoNan<tf.Tensor2D>(x, tf.norm(x, 'euclidean', 0, true));
  tf.tidy(() => {
    const right = directions(items);
    const atATime = Math.max(1, Math.floor(scoresAtATime / n));
    for (let from = 0; from < m; from += atATime) {
      const rows = Math.min(atATime, m - from);
      const product = tf.tidy(() => {
        const some = tf.slice(queries, [0, from], [factors, rows]);
        // Transposed by itself: the product of WebAssembly's back end is slow when it has to transpose.
        return tf.matMul(tf.transpose(directions(some)), right);
      });
      const products = product.dataSync<'float32'>();
      product.dispose();
      for (let row = 0; row < rows; row++) {
        const query = from + row;
        let next = indptr ? indptr[query] : 0;
        const end = indptr ? indptr[query + 1] : 0;
        for (let item = 0; item < n; item++) {
          if (next < end && excluded![next] === item) next++;
          else best.offer(item, products[row * n + item]);
        }
        best.flush(indices, scores, query * topK);
      }
    }
  });
  return [tf.tensor2d(indices, [m, topK], 'int32'), tf.tensor2d(scores, [m, topK])];
}

/** The entries that the optional tensors of an excluded pattern `[rows, columns]` name. */
export function nativePattern(
  backend: NativeBackend,
  rows: number,
  columns: number,
  indptr?: tf.Tensor1D,
  indices?: tf.Tensor1D,
): Pattern | undefined {
  return (
    indptr &&
    indices && { rows, columns, indptr: backend.integers(indptr), indices: backend.integers(indices) }
  );
}

function native(
  { queries, items, excludeIndptr, excludeIndices }: CosineTopKInputs,
  { topK, metric }: CosineTopKAttributes,
  backend: NativeBackend,
): tf.TensorInfo[] {
  const [factors, m] = queries.shape;
  const n = items.shape[1];
  const indices = new Int32Array(m * topK);
  const scores = new Float32Array(m * topK);
  backend.addon.cosineTopK(
    backend.floats(queries),
    backend.floats(items),
    factors,
    m,
    n,
    topK,
    metric === 'cosine',
    nativePattern(backend, m, n, excludeIndptr, excludeIndices),
    indices,
    scores,
  );
  return [backend.output(indices, m, topK), backend.output(scores, m, topK)];
}

function webgpu(
  inputs: CosineTopKInputs,
  attributes: CosineTopKAttributes,
  backend: KernelBackend,
): tf.TensorInfo[] {
  return topKOnWebgpu(inputs, attributes, backend);
}

registerVersions<CosineTopKInputs, CosineTopKAttributes>('CosineTopK', { native, webgpu, portable });
