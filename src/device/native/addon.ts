import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { DeviceError } from '../../errors.js';
import type { Csr } from '../../ops/csr.js';
import type { Metric } from '../../ops/metrics.js';

/** A sparsity pattern: the places of entries without their values. */
export type Pattern = Omit<Csr, 'values'>;

/** A k-d tree: points `[customers, features]` sorted into its leaves, low and high `[nodes, features]`. */
export interface NativeTree {
  points: Float32Array;
  low: Float32Array;
  high: Float32Array;
  customers: number;
  features: number;
}

export type SimdLevel = 'amx' | 'avx512' | 'avx2' | 'neon' | 'plain';

/**
 * The C++ addon. Matrices are row-major; results are written into arrays that the caller provides, of
 * exactly the size given in brackets. Indices of sparse matrices ascend within each row. Every function
 * gives the same bits on each SIMD level and with any number of threads.
 */
export interface NativeAddon {
  /** x `[d, n]`, centroids `[k, d]` → labels `[n]`, distances `[n]`; a customer with a NaN gets label 0 and distance NaN. */
  nearestCentroid(
    x: Float32Array,
    centroids: Float32Array,
    d: number,
    n: number,
    k: number,
    labels: Int32Array,
    distances: Float32Array,
  ): void;

  /**
   * x `[d, n]`, centroids `[k, d]` → labels `[n]`, those of `nearestCentroid`. Returns whether all scores were finite, which
   * those of a customer with a NaN or an infinity never are.
   */
  nearestLabel(
    x: Float32Array,
    centroids: Float32Array,
    d: number,
    n: number,
    k: number,
    labels: Int32Array,
  ): boolean;

  /** x `[d, n]`, labels `[n]`, weights `[n]` → sums and residuals `[k, d]`, counts `[k]`; labels outside of 0 … k - 1 count for nothing. */
  centroidUpdate(
    x: Float32Array,
    labels: Int32Array,
    weights: Float32Array | undefined,
    d: number,
    n: number,
    k: number,
    sums: Float32Array,
    residuals: Float32Array,
    counts: Float32Array,
  ): void;

  /** x `[d, n]`, centroids `[k, d]`, weights `[n]` → labels `[n]`, sums and residuals `[k, d]`, counts `[k]`. */
  lloydStep(
    x: Float32Array,
    centroids: Float32Array,
    weights: Float32Array | undefined,
    d: number,
    n: number,
    k: number,
    labels: Int32Array,
    sums: Float32Array,
    residuals: Float32Array,
    counts: Float32Array,
  ): void;

  /** Words of the state of `lloydSteps`. */
  lloydStepsMemory(d: number, n: number, k: number): number;

  /**
   * x `[d, n]`, centroids `[k, d]`, weights `[n]` → of each step made sums and residuals `[steps, k, d]`, counts
   * `[steps, k]`; returns how many were made. The state, zero before the first call, is brought up to date.
   */
  lloydSteps(
    x: Float32Array,
    centroids: Float32Array,
    weights: Float32Array | undefined,
    d: number,
    n: number,
    k: number,
    steps: number,
    tolerance: number,
    state: Int32Array,
    sums: Float32Array,
    residuals: Float32Array,
    counts: Float32Array,
  ): number;

  /** `lloydSteps` from each of the centroids `[starts, k, d]` on → sums and residuals `[starts, steps, k, d]`, counts `[starts, steps, k]`, how many were made `[starts]`. */
  lloydStarts(
    x: Float32Array,
    centroids: Float32Array,
    weights: Float32Array | undefined,
    d: number,
    n: number,
    k: number,
    starts: number,
    steps: number,
    tolerance: number,
    sums: Float32Array,
    residuals: Float32Array,
    counts: Float32Array,
    made: Int32Array,
  ): void;

  /** x `[d, n]`, weights `[n]` → moments `[d, 3]`: weight, mean, sum of squares around it. */
  featureMoments(
    x: Float32Array,
    weights: Float32Array | undefined,
    d: number,
    n: number,
    moments: Float64Array,
  ): void;

  /** x `[d, n]`, weights `[n]`, draws `[k, trials]` → chosen `[k]`, -1 where nobody is left. */
  plusPlus(
    x: Float32Array,
    weights: Float32Array | undefined,
    draws: Float32Array,
    d: number,
    n: number,
    k: number,
    trials: number,
    chosen: Int32Array,
  ): void;

  /** plusPlus for several starts: draws `[starts, k, trials]` → chosen `[starts, k]`. */
  plusPlusStarts(
    x: Float32Array,
    weights: Float32Array | undefined,
    draws: Float32Array,
    d: number,
    n: number,
    k: number,
    trials: number,
    starts: number,
    chosen: Int32Array,
  ): void;

  /** a `[d, m]`, of which `count` columns from `first` on, b `[d, n]` → distances `[count, n]`. */
  pairwiseDistance(
    a: Float32Array,
    b: Float32Array,
    metric: Metric,
    d: number,
    m: number,
    n: number,
    first: number,
    count: number,
    distances: Float32Array,
  ): void;

  /** queries `[f, m]`, items `[f, n]`, exclude `[m, n]` → indices and scores `[m, topK]`; cosine if `normalise`, else dot product. */
  cosineTopK(
    queries: Float32Array,
    items: Float32Array,
    f: number,
    m: number,
    n: number,
    topK: number,
    normalise: boolean,
    exclude: Pattern | undefined,
    indices: Int32Array,
    scores: Float32Array,
  ): void;

  /** a `[m, c]`, b transposed `[c, n]`, exclude `[m, n]` → indices and scores `[m, topK]`; cosine if `normalise`, else dot product. */
  sparseCosineTopK(
    a: Csr,
    bTransposed: Csr,
    topK: number,
    normalise: boolean,
    exclude: Pattern | undefined,
    indices: Int32Array,
    scores: Float32Array,
  ): void;

  /** weights `[m, n]`, start `[m, f]`, y `[n, f]`, gram `[f, f]` → x `[m, f]`. */
  alsStep(
    weights: Csr,
    start: Float32Array,
    y: Float32Array,
    gram: Float32Array,
    f: number,
    regularisation: number,
    steps: number,
    x: Float32Array,
  ): void;

  /** y `[n, f]` → products `[f, f]`. */
  gram(y: Float32Array, n: number, f: number, products: Float32Array): void;

  /** a `[d, m]`, b `[d, n]`, starts `[segments + 1]` → sums `[m, segments]`. */
  distanceSums(
    a: Float32Array,
    b: Float32Array,
    metric: Metric,
    d: number,
    m: number,
    n: number,
    starts: Int32Array,
    segments: number,
    sums: Float32Array,
  ): void;

  /**
   * a `[d, m]`, b `[d, n]` → counts `[m]`, how many columns of b are at no more than the limit, and, where given, marks
   * `[m, ceil(n / 32)]`: bit j % 32 of word j / 32 of row i tells whether column j is one of column i's.
   */
  radiusNeighbours(
    a: Float32Array,
    b: Float32Array,
    metric: Metric,
    limit: number,
    d: number,
    m: number,
    n: number,
    counts: Int32Array,
    marks?: Int32Array,
  ): void;

  /** owned `[m, n]`, factors `[n, f]`, recommended `[m, count]` → because `[m, count]`; -1 for none. */
  strongestOwned(
    owned: Csr,
    factors: Float32Array,
    f: number,
    recommended: Int32Array,
    count: number,
    because: Int32Array,
  ): void;

  /**
   * owned `[m, n]`, similar `[n, n]`, likers `[n, n]` (its transpose, each row by descending similarity), recommended
   * `[m, count]` → because `[m, count]`; -1 for none.
   */
  strongestNeighbour(
    owned: Csr,
    similar: Csr,
    likers: Csr,
    recommended: Int32Array,
    count: number,
    because: Int32Array,
  ): void;

  /** x `[n, d]` → points `[n, d]`, order `[n]`, low and high `[nodes, d]`. */
  kdTree(
    x: Float32Array,
    n: number,
    d: number,
    points: Float32Array,
    order: Int32Array,
    low: Float32Array,
    high: Float32Array,
  ): void;

  /** Leaves from … to - 1 → core of their customers; returns how many these are, at most 16 a leaf. */
  corePoints(
    tree: NativeTree,
    squaredRadius: number,
    minPoints: number,
    from: number,
    to: number,
    core: Int32Array,
  ): number;

  /** marks `[n]` → groups `[n]`, the first place of each group, -1 for who is not marked. */
  connectMarked(tree: NativeTree, marks: Int32Array, squaredRadius: number, groups: Int32Array): void;

  /** order `[n]`, marks `[n]`, queries `[m, d]` → places `[m]`, -1 for nobody within the radius. */
  nearestMarked(
    tree: NativeTree,
    order: Int32Array,
    marks: Int32Array,
    queries: Float32Array,
    m: number,
    squaredRadius: number,
    places: Int32Array,
  ): void;

  /** queries `[m, d]` → places `[m, count]`, the nearest first, -1 where there are no more. */
  nearestNeighbours(
    tree: NativeTree,
    queries: Float32Array,
    m: number,
    count: number,
    places: Int32Array,
  ): void;

  /** coreNeighbours `[n]`, -1 for none, groups `[n]`; others `[n]` and bounds `[n]` are brought up to date. */
  nearestOther(
    tree: NativeTree,
    coreNeighbours: Int32Array,
    groups: Int32Array,
    others: Int32Array,
    bounds: Float32Array,
  ): void;

  /** y = 0.75 · y + 0.25, `rounds` times from x. */
  fusedMultiplyAdds(x: Float32Array, rounds: number, y: Float32Array): void;

  /** y = x. */
  streamCopy(x: Float32Array, y: Float32Array): void;

  /** The levels that this processor runs, best first. */
  simdLevels(): SimdLevel[];
  /** The level in use, after changing it if one is given. `KINDRED_SIMD` names the one to start with. */
  simd(level?: SimdLevel): SimdLevel;
  /** Threads in use, after changing their number if one is given; 0 is one for each processor. */
  threads(count?: number): number;
  /** From now on what the process frees goes back to the system at once, where that can be told (glibc). */
  returnMemory(): void;
}

const kernels = fileURLToPath(new URL('../../../kernels/', import.meta.url));

/** What kernels/install.mjs wrote when it could not build: why on the first line, what to do on the second. */
function failureOfInstall(): string[] {
  const log = `${kernels}build/install.log`;
  return existsSync(log) ? readFileSync(log, 'utf8').split('\n', 2) : [];
}

/**
 * Loads the addon.
 * @throws DeviceError that says why it is not there, and how to get it.
 */
export function loadAddon(): NativeAddon {
  const causes: unknown[] = [];
  for (const build of ['Release', 'Debug']) {
    const path = `${kernels}build/${build}/kindred.node`;
    if (!existsSync(path)) continue;
    try {
      return createRequire(import.meta.url)(path) as NativeAddon;
    } catch (cause) {
      causes.push(cause);
    }
  }
  const [reason, remedy] = failureOfInstall();
  if (causes.length > 0) {
    throw new DeviceError({
      expected: 'the native addon to load',
      found: (causes[0] as Error).message.split('\n')[0],
      hint: 'If this is another Node.js, processor or system than it was built for, run: npm rebuild kindred',
      cause: causes[0],
    });
  }
  throw new DeviceError({
    expected: 'the native addon, which npm install builds',
    found: reason ? `that ${reason}` : 'that it was not built',
    hint:
      remedy ||
      'With a C++ compiler, make and Python at hand, run: npm rebuild kindred (in a clone: npm install)',
  });
}
