import type * as tf from '@tensorflow/tfjs-core';
import type { KernelBackend } from '../device/webgpu/backend.js';
import { bitsOf } from '../device/webgpu/shader.js';
import { boundary, type EntryWindow, entryWindows, refuseLongRows, windowOf } from './entry-windows.js';

/** Rows of a dispatch: more would keep a slow graphics card from everything else for too long. */
const rowsAtATime = 1 << 16;

/** Bytes of workgroup memory for rows of y: as much as leaves room for a dozen workgroups at a time. */
const tileBytes = 8448;

/** Entries whose rows of y a workgroup holds, of so many factors. */
function entryTileOf(factors: number, { device }: KernelBackend): number {
  // Beside four vectors, and three numbers of each of 64 threads.
  const left = device.limits.maxComputeWorkgroupStorageSize - 16 * factors - 1024;
  const fitting = Math.floor(Math.min(tileBytes, left) / (4 * (factors | 1)));
  return Math.max(1, Math.min(64, fitting));
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
  const entryTile = entryTileOf(factors, backend);
  const fitting = boundary * Math.max(1, Math.floor(bindingBytes / (4 * boundary * factors)));
  const atATime = Math.min(rowsAtATime, fitting);
  const solve = ({ entry0, entries, startsEnd }: EntryWindow, others: tf.TensorInfo, gathered: boolean) => {
    for (let row0 = 0; row0 < m; row0 += atATime) {
      const rows = Math.min(atATime, m - row0);
      backend.dispatch({
        shader: 'als-step',
        entry: 'solve',
        constants: { factors, entryTile, gathered: gathered ? 1 : 0 },
        sizes: { rows, entry0, startsEnd, steps, regularisation: bitsOf(regularisation) },
        tensors: {
          indptr: windowOf(indptr, row0, rows + 1),
          indices: windowOf(indices, entry0, entries),
          values: windowOf(values, entry0, entries),
          x: windowOf(x, row0 * factors, rows * factors),
          newX: windowOf(newX, row0 * factors, rows * factors),
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
            indices: windowOf(indices, entry0, entries),
            y: windowOf(y, y0 * factors, yRows * factors),
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
