import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../device/native/backend.js';
import type { KernelBackend } from '../device/webgpu/backend.js';
import { checkShapes } from './check.js';
import { bytesOf, type Cost } from './cost.js';
import { registerVersions, runKernel } from './kernel.js';

interface GramInputs {
  /** `[n, factors]` */
  y: tf.Tensor2D;
}

/** The inner products `yᵀ y [factors, factors]` of the columns of `y [n, factors]`. */
export function gram(y: tf.Tensor2D): tf.Tensor2D {
  checkShapes({ y: [y, 'nf'] });
  return runKernel<[tf.Tensor2D]>('Gram', { y })[0];
}

export function gramCost(n: number, factors: number): Cost {
  return { flops: n * factors * (factors + 1), bytes: bytesOf(n * factors, factors * factors) };
}

// On the host, since TensorFlow.js has no float64 and a float32 sum over a million rows is too coarse.
function portable({ y }: GramInputs): tf.Tensor[] {
  const [n, factors] = y.shape;
  const values = y.dataSync<'float32'>();
  const sums = new Float64Array(factors * factors);
  for (let row = 0; row < n; row++) {
    const start = row * factors;
    for (let i = 0; i < factors; i++) {
      const value = values[start + i];
      for (let j = i; j < factors; j++) sums[i * factors + j] += value * values[start + j];
    }
  }
  for (let i = 0; i < factors; i++) {
    for (let j = 0; j < i; j++) sums[i * factors + j] = sums[j * factors + i];
  }
  return [tf.tensor2d(Float32Array.from(sums), [factors, factors])];
}

/** Chunks of rows that keep even a large graphics card busy, together with the tiles. */
const workgroupsWanted = 1024;

const leastChunk = 512;

/** Of rows, whatever their length, so that they begin where a tensor can be bound in parts. */
function multipleOf64(rows: number): number {
  return 64 * Math.ceil(rows / 64);
}

function webgpu({ y }: GramInputs, _: object, backend: KernelBackend): tf.TensorInfo[] {
  const [n, factors] = y.shape;
  const size = factors * factors;
  const products = backend.output([factors, factors]);
  const tiles = Math.ceil(factors / 64);
  const scratchBytes = Math.min(backend.limits.scratchBytes, backend.limits.bindingBytes);
  const fitting = Math.max(1, Math.floor(scratchBytes / (4 * size)));
  const wanted = Math.min(fitting, Math.ceil(workgroupsWanted / tiles ** 2));
  const chunk = multipleOf64(Math.max(leastChunk, Math.ceil(n / wanted)));
  const chunks = Math.ceil(n / chunk);
  const sizes = { n, factors, chunk, chunks, tiles };
  // Rows that can be bound at a time, in whole chunks: none are cut.
  const bytesOfRow = 4 * factors;
  const chunksAtATime = Math.max(1, Math.floor(backend.limits.bindingBytes / (chunk * bytesOfRow)));
  backend.withScratch([[chunks, factors, factors]], parts => {
    for (let chunk0 = 0; chunk0 < chunks; chunk0 += chunksAtATime) {
      const row0 = chunk0 * chunk;
      const rows = Math.min(n - row0, chunksAtATime * chunk);
      backend.dispatch({
        shader: 'gram',
        entry: 'multiply',
        sizes: { ...sizes, n: rows, chunk0 },
        tensors: { y: { tensor: y, offset: row0 * bytesOfRow, bytes: rows * bytesOfRow }, newParts: parts },
        workgroups: Math.ceil(rows / chunk) * tiles ** 2,
      });
    }
    backend.dispatch({
      shader: 'gram',
      entry: 'add',
      sizes,
      tensors: { parts, products },
      workgroups: Math.ceil(size / 64),
    });
  });
  return [products];
}

function native({ y }: GramInputs, _: object, backend: NativeBackend): tf.TensorInfo[] {
  const [n, factors] = y.shape;
  const products = new Float32Array(factors * factors);
  backend.addon.gram(backend.floats(y), n, factors, products);
  return [backend.output(products, factors, factors)];
}

registerVersions<GramInputs, Record<string, never>>('Gram', { native, webgpu, portable });
