import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../device/native/backend.js';
import { checkShapes } from './check.js';
import { type Cost, times } from './cost.js';
import { registerVersions, runKernel } from './kernel.js';
import { type LloydStepInputs, lloydStep, lloydStepCost } from './lloyd-step.js';
import { lloydStepsOnWebgpu } from './lloyd-steps-webgpu.js';

export interface LloydStepsInputs extends LloydStepInputs {
  /** What the call before gave for the same `x` and `weights`; nothing at first. Consumed: it ends up in the new one. */
  state?: tf.Tensor1D;
}

export interface LloydStepsOptions {
  /** The most steps to make. */
  steps: number;
  /** Centroids rest once the squared distances that they move in a step sum to no more. */
  tolerance: number;
}

/**
 * The sums that each step found; `made` is at least 1. A device that works ahead of the host cannot say how many
 * it will make: it leaves rows for all, and the counts of those not made are -1.
 */
export interface LloydStepsResult {
  /** `[made, k, features]`; as in {@link lloydStep}. */
  sums: tf.Tensor3D;
  /** `[made, k, features]` */
  residuals: tf.Tensor3D;
  /** `[made, k]` */
  counts: tf.Tensor2D;
  /** int32; what the device remembers of the customers to be faster next time. Nothing, with some devices. */
  state: tf.Tensor1D;
}

type Outputs = [sums: tf.Tensor3D, residuals: tf.Tensor3D, counts: tf.Tensor2D, state: tf.Tensor1D];

/**
 * Steps of Lloyd's algorithm one after another, each but the first with the means, rounded to float32, that
 * the one before found. A device makes as many as suits it: it stops early where a segment is empty, where
 * nothing moved, and one step after the centroids came to rest.
 *
 * The sums are those of as many calls of {@link lloydStep} but for the rounding of float64, although a device
 * that remembers how far customers are from changing their segment computes few of the distances.
 */
export function lloydSteps(
  { x, centroids, weights, state }: LloydStepsInputs,
  { steps, tolerance }: LloydStepsOptions,
): LloydStepsResult {
  checkShapes({ x: [x, 'dn'], centroids: [centroids, 'kd'], weights: [weights, 'n'], state: [state, 's'] });
  const [sums, residuals, counts, next] = runKernel<Outputs>(
    'LloydSteps',
    { x, centroids, weights, state },
    { steps, tolerance },
  );
  return { sums, residuals, counts, state: next };
}

/** At most: devices that remember compute less. */
export function lloydStepsCost(features: number, customers: number, k: number, steps: number): Cost {
  return times(steps, lloydStepCost(features, customers, k));
}

/** A step, and no memory of it. */
function single({ x, centroids, weights }: LloydStepsInputs): tf.Tensor[] {
  const { labels, sums, residuals, counts } = lloydStep(x, centroids, weights);
  labels.dispose();
  const outputs = [tf.expandDims(sums), tf.expandDims(residuals), tf.expandDims(counts)];
  tf.dispose([sums, residuals, counts]);
  return [...outputs, tf.tensor1d([], 'int32')];
}

function native(
  { x, centroids, weights, state }: LloydStepsInputs,
  { steps, tolerance }: LloydStepsOptions,
  backend: NativeBackend,
): tf.TensorInfo[] {
  const [features, customers] = x.shape;
  const k = centroids.shape[0];
  const { addon } = backend;
  const memory = state
    ? backend.integers(state)
    : new Int32Array(addon.lloydStepsMemory(features, customers, k));
  const [sums, residuals] = [new Float32Array(steps * k * features), new Float32Array(steps * k * features)];
  const counts = new Float32Array(steps * k);
  const made = addon.lloydSteps(
    backend.floats(x),
    backend.floats(centroids),
    weights && backend.floats(weights),
    features,
    customers,
    k,
    steps,
    tolerance,
    memory,
    sums,
    residuals,
    counts,
  );
  // The state is written in place: copied at each step, it would cost more than it saves. It is given back as another
  // tensor over the same values, so that either can be disposed of.
  if (state) backend.incRef(state.dataId);
  const remembered = state && { dataId: state.dataId, shape: state.shape, dtype: state.dtype };
  return [
    backend.output(sums.subarray(0, made * k * features), made, k, features),
    backend.output(residuals.subarray(0, made * k * features), made, k, features),
    backend.output(counts.subarray(0, made * k), made, k),
    remembered ?? backend.output(memory, memory.length),
  ];
}

registerVersions<LloydStepsInputs, LloydStepsOptions>('LloydSteps', {
  native,
  webgpu: lloydStepsOnWebgpu,
  portable: single,
});
