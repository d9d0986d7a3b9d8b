import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { DispatchLimits, KernelBackend, TensorWindow } from '../device/webgpu/backend.js';

/** Some of the columns that are wanted. */
export interface ColumnRange {
  /** The first of them, counted from the first that is wanted; a multiple of 64. */
  from: number;
  count: number;
  /** The same columns of a tensor that has `length` values for each that is wanted. */
  of(tensor: TensorInfo, length?: number): TensorInfo | TensorWindow;
}

/** Some columns of a matrix `[rows, columns]`. */
export interface ColumnPart extends ColumnRange {
  /** `[rows, …]`, in which they lie side by side from `first` on. */
  part: TensorInfo;
  first: number;
}

interface Wanted {
  /** Which columns are wanted. Default: all. */
  first?: number;
  count?: number;
  /** Numbers of a column of whatever else is bound in parts, where they are more than the rows. */
  numbers?: number;
  /** Of how many columns each part but the last has a multiple, itself one of 64. Default: 64. */
  boundary?: number;
}

/** Whether all columns can be bound. */
function fits(
  [rows, columns]: number[],
  { bindingBytes }: DispatchLimits,
  { numbers = rows }: Wanted,
): boolean {
  return 4 * Math.max(rows, numbers) * columns <= bindingBytes;
}

/** Parts of the wanted columns of `[rows, columns]`; there is but one where all columns can be bound. */
export function columnRanges(shape: number[], limits: DispatchLimits, wanted: Wanted = {}): ColumnRange[] {
  // A multiple of 64 columns begins where a tensor can be bound in parts, whatever it has for each.
  const { count = shape[1], numbers = shape[0], boundary = 64 } = wanted;
  if (fits(shape, limits, wanted)) return [{ from: 0, count, of: tensor => tensor }];
  const bytes = Math.min(limits.bindingBytes, limits.scratchBytes);
  const fitting = Math.floor(bytes / (4 * Math.max(shape[0], numbers) * boundary));
  const atATime = boundary * Math.max(1, fitting);
  return Array.from({ length: Math.ceil(count / atATime) }, (_, i) => {
    const from = i * atATime;
    const some = Math.min(atATime, count - from);
    const of = (tensor: TensorInfo, length = 1) => ({
      tensor,
      offset: 4 * length * from,
      bytes: 4 * length * some,
    });
    return { from, count: some, of };
  });
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
  const { first = 0 } = wanted;
  for (const range of columnRanges(x.shape, backend.limits, wanted)) {
    if (fits(x.shape, backend.limits, wanted)) {
      use({ ...range, part: x, first });
      continue;
    }
    backend.withScratch([[x.shape[0], range.count]], part => {
      backend.copyColumns(x, first + range.from, part);
      use({ ...range, part, first: 0 });
    });
  }
}
