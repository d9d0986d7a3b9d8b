import type * as tf from '@tensorflow/tfjs-core';
import type { KernelBackend } from '../device/webgpu/backend.js';
import { bitsOf } from '../device/webgpu/shader.js';
import { DeviceError } from '../errors.js';

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

/** Entries of the longest row, by the identity of the tensor's data: once it is on the card the host does not see it any more. */
const longestRows = new WeakMap<object, number>();

/** @throws DeviceError where a row is too long for windows that overlap by so many entries. */
function refuseLongRows({ dataId }: tf.TensorInfo, overlap: number, backend: KernelBackend): void {
  let longest = longestRows.get(dataId);
  const indptr = backend.tensorMap.get(dataId).values as Int32Array | undefined;
  if (longest === undefined && indptr) {
    longest = indptr.reduce((most, start, row) => Math.max(most, (indptr[row + 1] ?? start) - start), 0);
    longestRows.set(dataId, longest);
  }
  if (longest === undefined || longest <= overlap) return;
  throw new DeviceError({
    expected: `at most ${overlap} entries of a row at a time on this graphics card`,
    found: `${longest}`,
    hint: 'run on another device: --device native',
  });
}

export function alsStepOnWebgpu(
  inputs: Record<'indptr' | 'indices' | 'values' | 'x' | 'y' | 'gram', tf.TensorInfo>,
  { regularisation, steps }: { regularisation: number; steps: number },
  backend: KernelBackend,
): tf.TensorInfo[] {
  const { indptr, indices, values, x, y, gram } = inputs;
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
  const solve = ({ entry0, entries, startsEnd }: EntryWindow, others: tf.TensorInfo, gathered: boolean) => {
    for (let row0 = 0; row0 < m; row0 += atATime) {
      const rows = Math.min(atATime, m - row0);
      backend.dispatch({
        shader: 'als-step',
        entry: 'solve',
        constants: { factors, gathered: gathered ? 1 : 0 },
        sizes: { rows, entry0, startsEnd, steps, regularisation: bitsOf(regularisation) },
        tensors: {
          indptr: part(indptr, row0, rows + 1),
          indices: part(indices, entry0, entries),
          values: part(values, entry0, entries),
          x: part(x, row0 * factors, rows * factors),
          newX: part(newX, row0 * factors, rows * factors),
          y: others,
          gram,
        },
        workgroups: rows,
      });
    }
  };
  const n = y.shape[0];
  const fits = 4 * n * factors <= bindingBytes;
  const windows = entryWindows(indices.shape[0], fits ? bindingBytes : bindingBytes / factors);
  if (windows.length > 1) refuseLongRows(indptr, windows[0].startsEnd, backend);
  if (fits) {
    for (const window of windows) solve(window, y, false);
    return [newX];
  }
  // The rows of y that some entries ask for are put side by side, as many as can be bound.
  for (const window of windows) {
    const { entry0, entries } = window;
    backend.withScratch([[entries, factors]], gathered => {
      for (let y0 = 0; y0 < n; y0 += fitting) {
        const yRows = Math.min(fitting, n - y0);
        backend.dispatch({
          shader: 'als-step',
          entry: 'gather',
          constants: { factors },
          sizes: { entries, y0, yRows },
          tensors: {
            indices: part(indices, entry0, entries),
            y: part(y, y0 * factors, yRows * factors),
            newGathered: gathered,
          },
          workgroups: Math.ceil((entries * factors) / boundary),
        });
      }
      solve(window, gathered, true);
    });
  }
  return [newX];
}
