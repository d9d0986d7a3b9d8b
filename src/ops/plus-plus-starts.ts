import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../device/native/backend.js';
import { checkShapes } from './check.js';
import { registerVersions, runKernel } from './kernel.js';
import { plusPlus } from './plus-plus.js';

interface PlusPlusStartsInputs {
  /** `[features, customers]` */
  x: tf.Tensor2D;
  /** `[starts, k, trials]` */
  draws: tf.Tensor3D;
  /** `[customers]` */
  weights?: tf.Tensor1D;
}

/**
 * {@link plusPlus} for several beginnings at once, with the same customers chosen. For little data, where a call costs
 * as much as the work and a round is not worth sharing out among threads: each start is.
 *
 * @returns int32 `[starts, k]`, the customers chosen; -1 at the end where there are fewer distinct ones.
 */
export function plusPlusStarts(x: tf.Tensor2D, draws: tf.Tensor3D, weights?: tf.Tensor1D): tf.Tensor2D {
  checkShapes({ x: [x, 'dn'], draws: [draws, 'skt'], weights: [weights, 'n'] });
  const [chosen] = runKernel<[tf.Tensor2D]>('PlusPlusStarts', { x, draws, weights });
  return chosen;
}

/** One start after the other. */
function portable({ x, draws, weights }: PlusPlusStartsInputs): tf.Tensor[] {
  return tf.tidy(() => [
    tf.stack((tf.unstack(draws) as tf.Tensor2D[]).map(ofStart => plusPlus(x, ofStart, weights))),
  ]);
}

function native(
  { x, draws, weights }: PlusPlusStartsInputs,
  _: object,
  backend: NativeBackend,
): tf.TensorInfo[] {
  const [features, customers] = x.shape;
  const [starts, k, trials] = draws.shape;
  const chosen = new Int32Array(starts * k);
  backend.addon.plusPlusStarts(
    backend.floats(x),
    weights && backend.floats(weights),
    backend.floats(draws),
    features,
    customers,
    k,
    trials,
    starts,
    chosen,
  );
  return [backend.output(chosen, starts, k)];
}

registerVersions<PlusPlusStartsInputs, object>('PlusPlusStarts', { native, webgpu: portable, portable });
