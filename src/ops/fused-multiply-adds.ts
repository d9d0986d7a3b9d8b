import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../device/native/backend.js';
import type { KernelBackend } from '../device/webgpu/backend.js';
import { bytesOf, type Cost } from './cost.js';
import { registerVersions, runKernel } from './kernel.js';

/** The recurrence's factor and summand: its values stay near 1, so that nothing over- or underflows. */
export const factor = 0.75;
const summand = 0.25;

/**
 * `y = 0.75 · y + 0.25`, `rounds` times from `y = x`, for each element of `x [n]`: arithmetic with next to no
 * memory traffic, by which `kindred bench` measures what a device can compute at most.
 */
export function fusedMultiplyAdds(x: tf.Tensor1D, rounds: number): tf.Tensor1D {
  const [y] = runKernel<[tf.Tensor1D]>('FusedMultiplyAdds', { x }, { rounds });
  return y;
}

export function fusedMultiplyAddsCost(elements: number, rounds: number): Cost {
  return { flops: 2 * elements * rounds, bytes: bytesOf(2 * elements) };
}

function portable({ x }: { x: tf.Tensor1D }, { rounds }: { rounds: number }): tf.Tensor[] {
  return [
    tf.tidy(() => {
      let y = x.clone();
      for (let round = 0; round < rounds; round++) y = tf.add(tf.mul(y, factor), summand);
      return y;
    }),
  ];
}

function native(
  { x }: { x: tf.Tensor1D },
  { rounds }: { rounds: number },
  backend: NativeBackend,
): tf.TensorInfo[] {
  const y = new Float32Array(x.size);
  backend.addon.fusedMultiplyAdds(backend.floats(x), rounds, y);
  return [backend.output(y, x.size)];
}

function webgpu(
  { x }: { x: tf.Tensor1D },
  { rounds }: { rounds: number },
  backend: KernelBackend,
): tf.TensorInfo[] {
  const elements = x.shape[0];
  const y = backend.output([elements]);
  backend.dispatch({
    shader: 'fused-multiply-adds',
    entry: 'iterate',
    sizes: { elements, rounds },
    tensors: { x, y },
    workgroups: Math.ceil(elements / 1024),
  });
  return [y];
}

registerVersions<{ x: tf.Tensor1D }, { rounds: number }>('FusedMultiplyAdds', { native, webgpu, portable });
