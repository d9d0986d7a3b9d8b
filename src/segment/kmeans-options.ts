import type { Tensor2D } from '@tensorflow/tfjs-core';
import { UsageError } from '../errors.js';
import type { ModelFeatures } from './model-features.js';
import { type NamedInit, namedInits } from './named-inits.js';

/** A fitted model to start from, such as a `KMeans` of yesterday. */
export interface WarmStart extends ModelFeatures {
  /** `[k, features]` */
  readonly centroids: Float32Array;
}

export interface KMeansOptions {
  /** Segments to find. */
  k: number;
  /**
   * Where to begin. `k-means++` (default) spreads the first centroids over the customers (of many, over a
   * sample on which it refines them) and so needs fewer iterations and starts than `random` customers. `k-means||`
   * spreads them over all customers, however many, in few rounds. A tensor `[k, features]` or a fitted model gives them, for one start.
   */
  init?: NamedInit | Tensor2D | WarmStart;
  /** Candidates for each segment that a round of `k-means||` chooses. 2, as its authors advise. */
  oversampling?: number;
  /** Rounds of `k-means||`. 2: more of them hardly better the candidates. */
  rounds?: number;
  /**
   * Customers of a batch, for mini-batch k-means: an iteration looks at one batch instead of at all customers. Faster where there are
   * millions, and a little worse. All customers unless told.
   */
  batchSize?: number;
  /**
   * Beginnings to try, of which the one with the least inertia is kept. 10: one may end in a poor optimum; 3 with batches, which are
   * for who is in a hurry.
   */
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
export type KMeansSettings = Required<Omit<KMeansOptions, 'batchSize'>> & Pick<KMeansOptions, 'batchSize'>;

function check(name: string, value: number, expected: string, holds: (value: number) => boolean): number {
  if (typeof value === 'number' && holds(value)) return value;
  throw new UsageError({ expected: `${name} to be ${expected}`, found: String(value) });
}

const isCount = (value: number) => Number.isSafeInteger(value) && value >= 1;

/** @throws UsageError that names the option that is out of its range. */
export function settingsOf(options: KMeansOptions): KMeansSettings {
  const { k, init = 'k-means++', oversampling = 2, rounds = 2, batchSize } = options;
  const { starts = batchSize === undefined ? 10 : 3, maxIterations = 300, tolerance = 1e-4 } = options;
  const { exchange = true, seed = 0 } = options;
  if (typeof init === 'string' && !(namedInits as readonly string[]).includes(init)) {
    throw new UsageError({
      expected: `init to be ${namedInits.join(', ')}, a tensor or a fitted model`,
      found: `"${init}"`,
    });
  }
  return {
    k: check('k', k, 'a whole number of at least 1', isCount),
    init,
    oversampling: check(
      'oversampling',
      oversampling,
      'more than 0',
      value => value > 0 && value < Number.POSITIVE_INFINITY,
    ),
    rounds: check('rounds', rounds, 'a whole number of at least 1', isCount),
    ...(batchSize !== undefined && {
      batchSize: check('batchSize', batchSize, 'a whole number of at least 1', isCount),
    }),
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
