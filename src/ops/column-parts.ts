import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { DispatchLimits, KernelBackend, TensorWindow } from '../device/webgpu/backend.js';

/** Some columns of a matrix `[rows, columns]`. */
export interface ColumnPart {
  /** `[rows, …]`, in which they lie side by side from `first` on. */
  part: TensorInfo;
  first: number;
  count: number;
  /** The first of them, counted from the first that is wanted; a multiple of 64. */
  from: number;
  /** The same columns of a tensor that has `length` values for each that is wanted. */
  of(tensor: TensorInfo, length?: number): TensorInfo | TensorWindow;
}

interface Wanted {
  /** Which columns are wanted. Default: all. */
  first?: number;
  count?: number;
  /** Numbers of a column of whatever else is bound in parts, where they are more than the rows. */
  numbers?: number;
}

/** Columns: a multiple of them begins where a tensor can be bound in parts, whatever it has for each. */
const boundary = 64;

/** Whether all columns can be bound. */
function fits(
  [rows, columns]: number[],
  { bindingBytes }: DispatchLimits,
  { numbers = rows }: Wanted,
): boolean {
  return 4 * Math.max(rows, numbers) * columns <= bindingBytes;
}

/** Where the parts begin of the wanted columns of `[rows, columns]`; there is but one where all columns can be bound. */
export function partStarts(shape: number[], limits: DispatchLimits, wanted: Wanted = {}): number[] {
  if (fits(shape, limits, wanted)) return [0];
  const [rows, columns] = shape;
  const { count = columns, numbers = rows } = wanted;
  const bytes = Math.min(limits.bindingBytes, limits.scratchBytes);
  const fitting = Math.floor(bytes / (4 * Math.max(rows, numbers) * boundary));
  const atATime = boundary * Math.max(1, fitting);
  return Array.from({ length: Math.ceil(count / atATime) }, (_, i) => i * atATime);
}

/**
 * Calls `use` for all columns of a matrix at once or, where a kernel cannot see them all at a time, for some of them
 * after the other, copied to where they are side by side.
 */
export function inColumnParts(
  x: TensorInfo,
  backend: KernelBackend,
  use: (part: ColumnPart) => void,
  wanted: Wanted = {},
): void {
  const [rows, columns] = x.shape;
  const { first = 0, count: all = columns } = wanted;
  if (fits(x.shape, backend.limits, wanted)) {
    use({ part: x, first, count: all, from: 0, of: tensor => tensor });
    return;
  }
  const starts = partStarts(x.shape, backend.limits, wanted);
  starts.forEach((from, i) => {
    const count = (starts[i + 1] ?? all) - from;
    const of = (tensor: TensorInfo, length = 1) => ({
      tensor,
      offset: 4 * length * from,
      bytes: 4 * length * count,
    });
    backend.withScratch([[rows, count]], part => {
      backend.copyColumns(x, first + from, part);
      use({ part, first: 0, count, from, of });
    });
  });
}
