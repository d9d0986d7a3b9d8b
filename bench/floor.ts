import type { DeviceLimits } from '#kindred/benchmark/limits.js';

/** A search that makes scores of inner products and looks at each of them. */
export interface Search {
  /** Pairs that are scored. */
  scores: number;
  /** Multiply-adds of a score. */
  depth: number;
  /** Further vector operations a score costs, to keep the best of them. */
  extra: number;
  /** Bytes of the inputs and outputs. */
  bytes: number;
}

/**
 * The least seconds that the measured limits of this machine allow: every multiply-add and every comparison
 * takes a place of a vector unit that could have done a multiply-add, or all bytes have to come from memory.
 */
export function floorOf({ scores, depth, extra, bytes }: Search, { flops, bandwidth }: DeviceLimits): number {
  return Math.max((scores * (depth + extra)) / (flops / 2), bytes / bandwidth);
}
