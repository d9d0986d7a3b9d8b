import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelBackend, TensorWindow } from '../device/webgpu/backend.js';
import { DeviceError } from '../errors.js';

/** Rows, entries: a multiple of them begins where a tensor can be bound in parts. */
export const boundary = 64;

/** So many of a tensor's numbers, from one on. */
export function windowOf(tensor: TensorInfo, from: number, length: number): TensorWindow {
  return { tensor, offset: 4 * from, bytes: 4 * length };
}

/** Windows on the entries that follow one another. */
export function entryParts(entries: number, bindingBytes: number): { entry0: number; entries: number }[] {
  const atATime = boundary * Math.max(1, Math.floor(bindingBytes / (4 * boundary)));
  return Array.from({ length: Math.max(1, Math.ceil(entries / atATime)) }, (_, i) => {
    const entry0 = i * atATime;
    return { entry0, entries: Math.min(atATime, entries - entry0) };
  });
}

/** Which entries are bound, and up to where those rows begin that are solved with them. */
export interface EntryWindow {
  entry0: number;
  entries: number;
  startsEnd: number;
}

/**
 * Windows on the entries. Where they cannot all be bound at a time, windows overlap by half: a row that begins in the first
 * half of one ends in it, unless it alone is longer than half a window.
 */
export function entryWindows(entries: number, bindingBytes: number): EntryWindow[] {
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
export function refuseLongRows({ dataId }: TensorInfo, overlap: number, backend: KernelBackend): void {
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
