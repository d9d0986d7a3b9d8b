import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../device/native/backend.js';
import { checkShapes } from './check.js';
import { registerVersions, runKernel } from './kernel.js';
import { nativeArguments, type PlusPlusInputs, plusPlus } from './plus-plus.js';

/** `draws [starts, k, trials]` */
type PlusPlusStartsInputs = PlusPlusInputs<tf.Tensor3D>;

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

function native(inputs: PlusPlusStartsInputs, _: object, backend: NativeBackend): tf.TensorInfo[] {
  const [starts, k] = inputs.draws.shape;
  const chosen = new Int32Array(starts * k);
  backend.addon.plusPlusStarts(...nativeArguments(inputs, backend), starts, chosen);
  return [backend.output(chosen, starts, k)];
}

registerVersions<PlusPlusStartsInputs, object>('PlusPlusStarts', { native, webgpu: portable, portable });
