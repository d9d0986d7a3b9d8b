import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../device/native/backend.js';
import type { KernelBackend } from '../device/webgpu/backend.js';
import { splitSums } from './centroid-update.js';
import { checkShapes } from './check.js';
import { columnRanges, inColumnParts } from './column-parts.js';
import { bytesOf, type Cost } from './cost.js';
import { registerVersions, runKernel } from './kernel.js';
import { chunksOf, greatestOf } from './segment-sums.js';

interface FeatureMomentsInputs {
  /** `[features, customers]` */
  x: tf.Tensor2D;
  /** `[customers]` */
  weights?: tf.Tensor1D;
}

export interface FeatureMomentsResult {
  /**
   * `[features, 3]`: sum of the weights, weighted mean (0 where no weight is), and weighted sum of squared
   * differences from it. Not finite where a value is not.
   */
  moments: tf.Tensor2D;
  /** `[features, 3]`, what float32 dropped of them. */
  residuals: tf.Tensor2D;
}

/** Where each feature lies and how far it spreads, in (near) float64. */
export function featureMoments(x: tf.Tensor2D, weights?: tf.Tensor1D): FeatureMomentsResult {
  checkShapes({ x: [x, 'dn'], weights: [weights, 'n'] });
  const [moments, residuals] = runKernel<[tf.Tensor2D, tf.Tensor2D]>('FeatureMoments', { x, weights });
  return { moments, residuals };
}

export function featureMomentsCost(features: number, customers: number): Cost {
  return { flops: 4 * features * customers, bytes: bytesOf(features * customers, 6 * features) };
}

/** Splits `[features, 3]` for the outputs. */
function outputsOf(moments: Float64Array): [rounded: Float32Array, residuals: Float32Array] {
  const { rounded, residuals } = splitSums(moments);
  return [rounded, residuals.map((residual, i) => (Number.isFinite(rounded[i]) ? residual : 0))];
}

// On the host, where float64 is.
function portable({ x, weights }: FeatureMomentsInputs): tf.Tensor[] {
  const [features, customers] = x.shape;
  const values = x.dataSync<'float32'>();
  const weight = weights?.dataSync<'float32'>();
  const moments = new Float64Array(3 * features);
  for (let f = 0; f < features; f++) {
    const row = values.subarray(f * customers, (f + 1) * customers);
    let [total, sum, squares] = [0, 0, 0];
    for (let i = 0; i < customers; i++) {
      const w = weight ? weight[i] : 1;
      total += w;
      sum += w * row[i];
    }
    const mean = total > 0 ? sum / total : 0 * sum;
    for (let i = 0; i < customers; i++) squares += (weight ? weight[i] : 1) * (row[i] - mean) ** 2;
    moments.set([total, mean, squares], 3 * f);
  }
  return outputsOf(moments).map(part => tf.tensor2d(part, [features, 3]));
}

function native({ x, weights }: FeatureMomentsInputs, _: object, backend: NativeBackend): tf.TensorInfo[] {
  const [features, customers] = x.shape;
  const moments = new Float64Array(3 * features);
  backend.addon.featureMoments(
    backend.floats(x),
    weights && backend.floats(weights),
    features,
    customers,
    moments,
  );
  return outputsOf(moments).map(part => backend.output(part, features, 3));
}

/** Up to so many customers the sums of a workgroup do not overflow. */
const chunkAtMost = 1 << 13;

function webgpu({ x, weights }: FeatureMomentsInputs, _: object, backend: KernelBackend): tf.TensorInfo[] {
  const shader = 'feature-moments';
  const [features, customers] = x.shape;
  const [moments, residuals] = [backend.output([features, 3]), backend.output([features, 3])];
  const chunk = Math.min(chunkAtMost, chunksOf(customers, features).chunk);
  // No chunk reaches into another part.
  const allChunks = columnRanges(x.shape, backend.limits).reduce(
    (sum, { count }) => sum + Math.ceil(count / chunk),
    0,
  );
  const constants = { weighted: weights ? 1 : 0 };
  const sizes = { customers, features, chunk, allChunks };
  const greatest = greatestOf(x, backend);
  const greatestWeight = weights && greatestOf(weights, backend);
  // Three sums of three words.
  backend.withScratch([[features, allChunks, 9]], parts => {
    let chunk0 = 0;
    inColumnParts(x, backend, ({ part, count, of }) => {
      const chunks = Math.ceil(count / chunk);
      backend.dispatch({
        shader,
        entry: 'accumulate',
        constants,
        sizes: { ...sizes, customers: count, chunks, chunk0 },
        tensors: { x: part, weights: weights && of(weights), greatest, greatestWeight, newParts: parts },
        workgroups: features * chunks,
      });
      chunk0 += chunks;
    });
    backend.dispatch({
      shader,
      entry: 'finish',
      constants,
      sizes,
      tensors: { parts, greatest, greatestWeight, moments, residuals },
      workgroups: features,
    });
  });
  return [moments, residuals];
}

registerVersions<FeatureMomentsInputs, object>('FeatureMoments', { native, webgpu, portable });
