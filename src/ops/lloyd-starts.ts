import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../device/native/backend.js';
import { checkShapes } from './check.js';
import { type Cost, times } from './cost.js';
import { registerVersions, runKernel } from './kernel.js';
import { type LloydStepsOptions, lloydSteps, lloydStepsCost } from './lloyd-steps.js';

export interface LloydStartsInputs {
  /** `[features, customers]` */
  x: tf.Tensor2D;
  /** `[starts, k, features]` */
  centroids: tf.Tensor3D;
  /** `[customers]` */
  weights?: tf.Tensor1D;
}

/** As in {@link lloydSteps}, for each start; places after the steps that it made are 0. */
export interface LloydStartsResult {
  /** `[starts, steps, k, features]` */
  sums: tf.Tensor4D;
  /** `[starts, steps, k, features]` */
  residuals: tf.Tensor4D;
  /** `[starts, steps, k]` */
  counts: tf.Tensor3D;
  /** int32 `[starts]`, at least 1 each. */
  made: tf.Tensor1D;
}

type Outputs = [sums: tf.Tensor4D, residuals: tf.Tensor4D, counts: tf.Tensor3D, made: tf.Tensor1D];

/**
 * {@link lloydSteps} from several beginnings at once, with the same sums. For little data, where calls cost as much
 * as the work and a step is not worth sharing out among threads: each start is.
 */
export function lloydStarts(
  { x, centroids, weights }: LloydStartsInputs,
  { steps, tolerance }: LloydStepsOptions,
): LloydStartsResult {
  checkShapes({ x: [x, 'dn'], centroids: [centroids, 'skd'], weights: [weights, 'n'] });
  const [sums, residuals, counts, made] = runKernel<Outputs>(
    'LloydStarts',
    { x, centroids, weights },
    { steps, tolerance },
  );
  return { sums, residuals, counts, made };
}

/** At most, where every start makes all steps. */
export function lloydStartsCost(
  features: number,
  customers: number,
  k: number,
  steps: number,
  starts: number,
): Cost {
  return times(starts, lloydStepsCost(features, customers, k, steps));
}

/** One start after the other. */
function portable(
  { x, centroids, weights }: LloydStartsInputs,
  { steps, tolerance }: LloydStepsOptions,
): tf.Tensor[] {
  return tf.tidy(() => {
    const found = (tf.unstack(centroids) as tf.Tensor2D[]).map(first =>
      lloydSteps({ x, centroids: first, weights }, { steps, tolerance }),
    );
    const padded = (of: (result: (typeof found)[number]) => tf.Tensor) =>
      tf.stack(
        found.map(result => {
          const values = of(result);
          const none = values.shape.slice(1).map((): [number, number] => [0, 0]);
          return tf.pad(values, [[0, steps - values.shape[0]], ...none]);
        }),
      );
    const made = found.map(({ counts }) => counts.shape[0]);
    return [
      padded(({ sums }) => sums),
      padded(({ residuals }) => residuals),
      padded(({ counts }) => counts),
      tf.tensor1d(made, 'int32'),
    ];
  });
}

function native(
  { x, centroids, weights }: LloydStartsInputs,
  { steps, tolerance }: LloydStepsOptions,
  backend: NativeBackend,
): tf.TensorInfo[] {
  const [features, customers] = x.shape;
  const [starts, k] = centroids.shape;
  const size = starts * steps * k * features;
  const [sums, residuals] = [new Float32Array(size), new Float32Array(size)];
  const counts = new Float32Array(starts * steps * k);
  const made = new Int32Array(starts);
  backend.addon.lloydStarts(
    backend.floats(x),
    backend.floats(centroids),
    weights && backend.floats(weights),
    features,
    customers,
    k,
    starts,
    steps,
    tolerance,
    sums,
    residuals,
    counts,
    made,
  );
  return [
    backend.output(sums, starts, steps, k, features),
    backend.output(residuals, starts, steps, k, features),
    backend.output(counts, starts, steps, k),
    backend.output(made, starts),
  ];
}

registerVersions<LloydStartsInputs, LloydStepsOptions>('LloydStarts', { native, webgpu: portable, portable });
