import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../device/native/backend.js';
import type { KernelBackend } from '../device/webgpu/backend.js';
import { bytesOf, type Cost } from './cost.js';
import { registerVersions, runKernel } from './kernel.js';

/**
 * A copy of `x [n]` in memory of its own, by which `kindred bench` measures a device's memory bandwidth.
 * It is written `rounds` times over, so that the first touch of fresh memory, which costs more, can be made
 * not to matter.
 */
export function streamCopy(x: tf.Tensor1D, rounds = 1): tf.Tensor1D {
  const [y] = runKernel<[tf.Tensor1D]>('StreamCopy', { x }, { rounds });
  return y;
}

export function streamCopyCost(elements: number, rounds = 1): Cost {
  return { flops: 0, bytes: rounds * bytesOf(2 * elements) };
}

interface Rounds {
  rounds: number;
}

function portable({ x }: { x: tf.Tensor1D }, { rounds }: Rounds): tf.Tensor[] {
  for (let round = 1; round < rounds; round++) tf.add(x, 0).dispose();
  return [tf.add(x, 0)];
}

function native({ x }: { x: tf.Tensor1D }, { rounds }: Rounds, backend: NativeBackend): tf.TensorInfo[] {
  const y = new Float32Array(x.size);
  for (let round = 0; round < rounds; round++) backend.addon.streamCopy(backend.floats(x), y);
  return [backend.output(y, x.size)];
}

function webgpu({ x }: { x: tf.Tensor1D }, { rounds }: Rounds, backend: KernelBackend): tf.TensorInfo[] {
  const elements = x.shape[0];
  const y = backend.output([elements]);
  const inQuads = elements % 4 === 0;
  for (let round = 0; round < rounds; round++) {
    backend.dispatch({
      shader: 'stream-copy',
      entry: inQuads ? 'copyQuads' : 'copy',
      sizes: { elements },
      tensors: inQuads ? { quads: x, newQuads: y } : { x, y },
      workgroups: Math.ceil(elements / (inQuads ? 1024 : 256)),
    });
  }
  return [y];
}

registerVersions<{ x: tf.Tensor1D }, Rounds>('StreamCopy', { native, webgpu, portable });
