import type * as tf from '@tensorflow/tfjs-core';
import type { KernelBackend } from '../device/webgpu/backend.js';
import { bitsOf } from '../device/webgpu/shader.js';
import type { AlsStepAttributes, AlsStepInputs } from './als-step.js';

/** Rows of a dispatch: more would keep a slow graphics card from everything else for too long. */
const rowsAtATime = 1 << 16;

/** Rows, entries: a multiple of them begins where a tensor can be bound in parts. */
const boundary = 64;

/** Which entries are bound, and up to where those rows begin that are solved with them. */
interface EntryWindow {
  entry0: number;
  entries: number;
  startsEnd: number;
}

/**
 * Windows on the entries. Where they cannot all be bound at a time, windows overlap by half: a row that begins in the first
 * half of one ends in it, unless it alone is longer than half a window.
 */
function entryWindows(entries: number, bindingBytes: number): EntryWindow[] {
  if (4 * entries <= bindingBytes) return [{ entry0: 0, entries, startsEnd: entries }];
  const half = boundary * Math.max(1, Math.floor(bindingBytes / (8 * boundary)));
  return Array.from({ length: Math.ceil(entries / half) }, (_, i) => {
    const entry0 = i * half;
    return { entry0, entries: Math.min(2 * half, entries - entry0), startsEnd: entry0 + half };
  });
}

export function alsStepOnWebgpu(
  { indptr, indices, values, x, y, gram }: AlsStepInputs,
  { regularisation, steps }: AlsStepAttributes,
  backend: KernelBackend,
): tf.TensorInfo[] {
  const [m, factors] = x.shape;
  const newX = backend.output([m, factors]);
  const { bindingBytes } = backend.limits;
  const fitting = boundary * Math.max(1, Math.floor(bindingBytes / (4 * boundary * factors)));
  const atATime = Math.min(rowsAtATime, fitting);
  const part = (tensor: tf.TensorInfo, from: number, length: number) => ({
    tensor,
    offset: 4 * from,
    bytes: 4 * length,
  });
  for (const { entry0, entries, startsEnd } of entryWindows(indices.shape[0], bindingBytes)) {
    for (let row0 = 0; row0 < m; row0 += atATime) {
      const rows = Math.min(atATime, m - row0);
      backend.dispatch({
        shader: 'als-step',
        entry: 'solve',
        constants: { factors },
        sizes: { rows, entry0, startsEnd, steps, regularisation: bitsOf(regularisation) },
        tensors: {
          indptr: part(indptr, row0, rows + 1),
          indices: part(indices, entry0, entries),
          values: part(values, entry0, entries),
          x: part(x, row0 * factors, rows * factors),
          newX: part(newX, row0 * factors, rows * factors),
          y,
          gram,
        },
        workgroups: rows,
      });
    }
  }
  return [newX];
}
