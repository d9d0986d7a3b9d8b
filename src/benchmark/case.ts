import type * as tf from '@tensorflow/tfjs-core';
import type { Cost } from '../ops/index.js';

/** One kernel at one size, with data on the host, ready to be put on a device. */
export interface PreparedCase {
  cost: Cost;
  /** Puts the inputs on the device. */
  upload(): tf.Tensor[];
  /** Runs the kernel once on what {@link upload} returned. */
  run(inputs: tf.Tensor[]): tf.Tensor[];
  /**
   * Compares the outputs of {@link run}, read back, with float64 arithmetic on the host, for a sample of them.
   * Returns what is wrong, or nothing.
   */
  check(outputs: ArrayLike<number>[]): string | undefined;
}

export interface BenchmarkCase {
  kernel: string;
  /** The sizes in words, such as `1 M × 8, k = 8`. */
  shape: string;
  /** What rows/s counts: customers, queries. */
  rows: number;
  /** Memory for inputs, outputs and the host's copies, in bytes. */
  memory: number;
  prepare(): PreparedCase;
  /** The same with fewer rows by {@link fewerBy}, for devices that are too slow for so many; none where there are few. */
  smaller?(): BenchmarkCase;
}

/** How many times fewer rows the next smaller case has. */
export const fewerBy = 2;

/** A case that can be made smaller, of so many rows: the time that it takes grows with them. */
export function scalable(of: (rows: number) => BenchmarkCase, rows: number, least = 1000): BenchmarkCase {
  const fewer = Math.round(rows / fewerBy);
  return { ...of(rows), smaller: fewer < least ? undefined : () => scalable(of, fewer, least) };
}

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

/** `1 M`, `200 k`, `64` */
export function size(value: number): string {
  if (value >= 1e6) return `${whole.format(value / 1e6)} M`;
  if (value >= 1e4) return `${whole.format(value / 1e3)} k`;
  return String(value);
}
