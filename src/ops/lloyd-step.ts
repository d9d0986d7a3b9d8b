import type * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../device/native/backend.js';
import type { KernelBackend } from '../device/webgpu/backend.js';
import { centroidUpdate, nativeSums, type SegmentSums } from './centroid-update.js';
import { checkShapes } from './check.js';
import { bytesOf, type Cost } from './cost.js';
import { registerVersions, runKernel } from './kernel.js';
import { nearestCentroid } from './nearest-centroid.js';
import { directUpTo, searchOnWebgpu } from './nearest-centroid-webgpu.js';
import {
  addByLabel,
  chunksOf,
  copiesWithin,
  type Sums,
  sumInto,
  type Totals,
  workgroupBytes,
} from './segment-sums.js';

export interface LloydStepInputs {
  /** `[features, customers]` */
  x: tf.Tensor2D;
  /** `[k, features]` */
  centroids: tf.Tensor2D;
  /** `[customers]`, each at least 0; 1 for everybody where it is left out. */
  weights?: tf.Tensor1D;
  /** `[customers]`, labels of an earlier step. Consumed: a device may write the new ones into their memory. */
  into?: tf.Tensor1D;
}

export interface LloydStepResult extends SegmentSums {
  /** int32 `[customers]`; of several equally near centroids the first. */
  labels: tf.Tensor1D;
}

/**
 * One iteration of Lloyd's algorithm, but for the division: assigns each customer to the nearest centroid
 * and sums the customers of each segment, reading `x` once where the device can.
 *
 * @param into labels of an earlier step, whose memory may be written over; still to be disposed of.
 */
export function lloydStep(
  x: tf.Tensor2D,
  centroids: tf.Tensor2D,
  weights?: tf.Tensor1D,
  into?: tf.Tensor1D,
): LloydStepResult {
  checkShapes({ x: [x, 'dn'], centroids: [centroids, 'kd'], weights: [weights, 'n'] });
  const [labels, sums, residuals, counts] = runKernel<[tf.Tensor1D, tf.Tensor2D, tf.Tensor2D, tf.Tensor1D]>(
    'LloydStep',
    { x, centroids, weights, into },
  );
  return { labels, sums, residuals, counts };
}

export function lloydStepCost(features: number, customers: number, k: number): Cost {
  return {
    flops: 2 * features * customers * k + features * customers,
    bytes: bytesOf(features * customers, customers, 3 * features * k, k),
  };
}

function portable({ x, centroids, weights }: LloydStepInputs): tf.Tensor[] {
  const { labels, distances } = nearestCentroid(x, centroids);
  distances.dispose();
  const { sums, residuals, counts } = centroidUpdate(x, labels, centroids.shape[0], weights);
  return [labels, sums, residuals, counts];
}

function webgpu(
  { x, centroids, weights }: LloydStepInputs,
  _: object,
  backend: KernelBackend,
): tf.TensorInfo[] {
  const [features, customers] = x.shape;
  const k = centroids.shape[0];
  const labels = backend.output([customers], 'int32');
  const [sums, residuals] = [backend.output([k, features]), backend.output([k, features])];
  const counts = backend.output([k]);
  backend.withScratch([[3, k, features + 1]], totals => {
    backend.clear(totals);
    stepOnWebgpu({ x, centroids, weights }, { labels, sums, residuals, counts, totals }, backend);
  });
  return [labels, sums, residuals, counts];
}

/** Records a step whose results go into tensors that are there already. */
export function stepOnWebgpu(
  { x, centroids, weights }: Record<'x' | 'centroids', tf.TensorInfo> & { weights?: tf.TensorInfo },
  { labels, ...sums }: Sums & { labels: tf.TensorInfo },
  backend: KernelBackend,
): void {
  const features = x.shape[0];
  const k = centroids.shape[0];
  const quads = Math.ceil(k / 4);
  // One pass where all centroids and sums fit into a workgroup's memory, and the distances into registers.
  const copies = copiesWithin(workgroupBytes - 16 * quads * features, k, features + 1);
  if (k > directUpTo || copies < 1) {
    searchOnWebgpu({ x, centroids }, { labels, stopped: sums.stopped }, backend);
    sumInto({ x, weights, k }, sums, addByLabel(labels, backend), backend);
    return;
  }
  const add = ({ constants, sizes, tensors, of }: Totals) => {
    const limbs = !constants.weighted;
    const { chunk, chunks } = chunksOf(sizes.customers, 1, limbs);
    backend.dispatch({
      shader: 'lloyd-step',
      entry: 'step',
      constants: {
        ...constants,
        features,
        quads,
        segmentTile: k,
        rowTile: features + 1,
        copies,
        limbs: limbs ? 1 : 0,
      },
      sizes: { ...sizes, chunk, chunks },
      tensors: { ...tensors, centroids, newLabels: of(labels) },
      workgroups: chunks,
    });
  };
  sumInto({ x, weights, k }, sums, add, backend);
}

function native(
  { x, centroids, weights, into }: LloydStepInputs,
  _: object,
  backend: NativeBackend,
): tf.TensorInfo[] {
  const [features, customers] = x.shape;
  const k = centroids.shape[0];
  const again = into?.shape[0] === customers ? into : undefined;
  const labels = again ? backend.integers(again) : new Int32Array(customers);
  const { arrays, tensors } = nativeSums(k, features);
  backend.addon.lloydStep(
    backend.floats(x),
    backend.floats(centroids),
    weights && backend.floats(weights),
    features,
    customers,
    k,
    labels,
    ...arrays,
  );
  return [again ? backend.again(again) : backend.output(labels, customers), ...tensors(backend)];
}

registerVersions<LloydStepInputs, object>('LloydStep', { native, webgpu, portable });
