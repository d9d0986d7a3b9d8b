import type { Tensor2D } from '@tensorflow/tfjs-core';
import { UsageError } from '../errors.js';

export interface KMeansOptions {
  /** Segments to find. */
  k: number;
  /**
   * Where to begin. `k-means++` (default) spreads the first centroids over the customers (of many, over a
   * sample on which it refines them) and so needs fewer iterations and starts than `random` customers; a tensor `[k, features]` gives them, for one start.
   */
  init?: 'k-means++' | 'random' | Tensor2D;
  /** Beginnings to try, of which the one with the least inertia is kept. 10: one may end in a poor optimum. */
  starts?: number;
  /** Iterations of one start. 300: convergence within the tolerance rarely takes 100. */
  maxIterations?: number;
  /**
   * A start is over once the squared distances that its centroids moved sum to no more than this, relative to
   * the mean variance of the features. 1e-4, as in scikit-learn; 0 iterates until nothing moves.
   */
  tolerance?: number;
  /**
   * Whether segments of few customers (up to some 100,000) are improved on what Lloyd's algorithm found, by
   * exchange of single customers and swaps of centroids. Yes; no leaves what scikit-learn would find.
   */
  exchange?: boolean;
  /** Of all chance: same seed and data, same segments, on every device. */
  seed?: number;
}

/** Options complete with their defaults. */
export type KMeansSettings = Required<KMeansOptions>;

function check(name: string, value: number, expected: string, holds: (value: number) => boolean): number {
  if (typeof value === 'number' && holds(value)) return value;
  throw new UsageError({ expected: `${name} to be ${expected}`, found: String(value) });
}

const isCount = (value: number) => Number.isSafeInteger(value) && value >= 1;

/** @throws UsageError that names the option that is out of its range. */
export function settingsOf(options: KMeansOptions): KMeansSettings {
  const { k, init = 'k-means++', starts = 10, maxIterations = 300, tolerance = 1e-4 } = options;
  const { exchange = true, seed = 0 } = options;
  if (typeof init === 'string' && init !== 'k-means++' && init !== 'random') {
    throw new UsageError({ expected: 'init to be k-means++, random or a tensor', found: `"${init}"` });
  }
  return {
    k: check('k', k, 'a whole number of at least 1', isCount),
    init,
    starts: check('starts', starts, 'a whole number of at least 1', isCount),
    maxIterations: check('maxIterations', maxIterations, 'a whole number of at least 1', isCount),
    tolerance: check('tolerance', tolerance, 'at least 0', value => value >= 0),
    exchange,
    seed: check(
      'seed',
      seed,
      'a whole number of at least 0',
      value => Number.isSafeInteger(value) && value >= 0,
    ),
  };
}
