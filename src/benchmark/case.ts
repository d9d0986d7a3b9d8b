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
}

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

/** `1 M`, `200 k`, `64` */
export function size(value: number): string {
  if (value >= 1e6) return `${whole.format(value / 1e6)} M`;
  if (value >= 1e4) return `${whole.format(value / 1e3)} k`;
  return String(value);
}
