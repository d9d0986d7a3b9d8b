import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../device/native/backend.js';
import type { KernelBackend } from '../device/webgpu/backend.js';
import { checkShapes } from './check.js';
import { bytesOf, type Cost } from './cost.js';
import { registerVersions, runKernel } from './kernel.js';
import { addByLabel, sumOnWebgpu } from './segment-sums.js';

interface CentroidUpdateInputs {
  /** `[features, customers]` */
  x: tf.Tensor2D;
  /** int32 `[customers]`, each in `0 … k - 1`. */
  labels: tf.Tensor1D;
  /** `[customers]`, each at least 0; 1 for everybody where it is left out. */
  weights?: tf.Tensor1D;
}

/**
 * Sums over each segment. A sum in nearly double precision travels as two float32 tensors:
 * the sum is `sums + residuals`, where `residuals` is what rounding the sum to float32 dropped.
 */
export interface SegmentSums {
  /** `[k, features]`, the weighted sum of the features of the segment's customers, rounded. */
  sums: tf.Tensor2D;
  /** `[k, features]`, the rest of these sums. */
  residuals: tf.Tensor2D;
  /** `[k]`, the sum of the customers' weights. */
  counts: tf.Tensor1D;
}

/** Sums the customers of each segment; centroids are `(sums + residuals) / counts`. */
export function centroidUpdate(
  x: tf.Tensor2D,
  labels: tf.Tensor1D,
  k: number,
  weights?: tf.Tensor1D,
): SegmentSums {
  checkShapes({ x: [x, 'dn'], labels: [labels, 'n'], weights: [weights, 'n'] });
  const [sums, residuals, counts] = runKernel<[tf.Tensor2D, tf.Tensor2D, tf.Tensor1D]>(
    'CentroidUpdate',
    { x, labels, weights },
    { k },
  );
  return { sums, residuals, counts };
}

export function centroidUpdateCost(features: number, customers: number, k: number): Cost {
  return {
    flops: features * customers,
    bytes: bytesOf(features * customers, customers, 2 * features * k, k),
  };
}

/** Splits float64 sums into what float32 holds and the rest. */
export function splitSums(sums: Float64Array): { rounded: Float32Array; residuals: Float32Array } {
  const rounded = Float32Array.from(sums);
  return { rounded, residuals: Float32Array.from(sums, (sum, i) => sum - rounded[i]) };
}

// On the host, since TensorFlow.js has no float64 and a float32 sum over a million customers is too coarse.
function portable({ x, labels, weights }: CentroidUpdateInputs, { k }: { k: number }): tf.Tensor[] {
  const [features, customers] = x.shape;
  const values = x.dataSync<'float32'>();
  const segments = labels.dataSync<'int32'>();
  const weight = weights?.dataSync<'float32'>();
  const counts = new Float64Array(k);
  const sums = new Float64Array(k * features);
  for (let i = 0; i < customers; i++) counts[segments[i]] += weight ? weight[i] : 1;
  for (let feature = 0; feature < features; feature++) {
    const row = values.subarray(feature * customers, (feature + 1) * customers);
    for (let i = 0; i < customers; i++) {
      sums[segments[i] * features + feature] += weight ? weight[i] * row[i] : row[i];
    }
  }
  const { rounded, residuals } = splitSums(sums);
  return [
    tf.tensor2d(rounded, [k, features]),
    tf.tensor2d(residuals, [k, features]),
    tf.tensor1d(Float32Array.from(counts)),
  ];
}

function webgpu(
  { x, labels, weights }: CentroidUpdateInputs,
  { k }: { k: number },
  backend: KernelBackend,
): tf.TensorInfo[] {
  return sumOnWebgpu({ x, weights, k }, addByLabel(labels, backend), backend);
}

/** Memory for the sums of `k` segments, and the tensors over it. */
export function nativeSums(k: number, features: number) {
  const [sums, residuals] = [new Float32Array(k * features), new Float32Array(k * features)];
  const counts = new Float32Array(k);
  return {
    arrays: [sums, residuals, counts] as const,
    tensors: (backend: NativeBackend) => [
      backend.output(sums, k, features),
      backend.output(residuals, k, features),
      backend.output(counts, k),
    ],
  };
}

function native(
  { x, labels, weights }: CentroidUpdateInputs,
  { k }: { k: number },
  backend: NativeBackend,
): tf.TensorInfo[] {
  const [features, customers] = x.shape;
  const { arrays, tensors } = nativeSums(k, features);
  backend.addon.centroidUpdate(
    backend.floats(x),
    backend.integers(labels),
    weights && backend.floats(weights),
    features,
    customers,
    k,
    ...arrays,
  );
  return tensors(backend);
}

registerVersions<CentroidUpdateInputs, { k: number }>('CentroidUpdate', { native, webgpu, portable });
