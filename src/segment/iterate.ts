import type { HostBatch } from './batches.js';
import { assign, meansOf, type Pass, Passes, type Population } from './lloyd.js';
import { emptySegments, repairEmpty } from './repair.js';

/** What one iteration did. */
export interface Iteration {
  /** Which beginning, the first is 1. */
  start: number;
  /** The first is 1. */
  iteration: number;
  /** Weighted sum of squared distances to the centroids that the iteration began with. */
  inertia: number;
  /** Sum of the squared distances that the centroids moved. */
  shift: number;
  /** What it took. */
  milliseconds: number;
}

/** Where one start of k-means ended. */
export interface Optimum {
  /** `[k, features]` */
  centroids: Float32Array;
  /** The pass made with these centroids. */
  pass: Pass;
  iterations: number;
  converged: boolean;
}

export interface IterateOptions {
  /** Number of the start, for reports. */
  start: number;
  maxIterations: number;
  /** Sum of squared moves of the centroids with which they are at rest. */
  tolerance: number;
  weights?: Float32Array;
  onIteration?: (iteration: Iteration) => void;
  /** Awaited before each iteration. */
  turn: () => Promise<void>;
}

/** Lloyd's iterations from the first centroids until they rest. */
export async function iterate(
  population: Population,
  host: readonly HostBatch[],
  first: Float32Array,
  options: IterateOptions,
): Promise<Optimum> {
  const passes = new Passes(population, options.tolerance);
  try {
    return await walk(passes, population, host, first, options);
  } finally {
    passes.dispose();
  }
}

async function walk(
  passes: Passes,
  population: Population,
  host: readonly HostBatch[],
  first: Float32Array,
  { start, maxIterations, tolerance, weights, onIteration, turn }: IterateOptions,
): Promise<Optimum> {
  const { features } = population;
  let centroids = first;
  for (let iteration = 1; ; iteration++) {
    await turn();
    const began = performance.now();
    const left = maxIterations - iteration + 2;
    const pass = await passes.over(centroids, left);
    const { inertia } = pass;
    const empty = emptySegments(pass);
    if (empty.length > 0) {
      repairEmpty(pass, empty, await assign(population, centroids), host, features, weights);
    }
    const next = meansOf(pass, features, centroids);
    let shift = 0;
    for (let i = 0; i < next.length; i++) shift += (next[i] - centroids[i]) ** 2;
    onIteration?.({ start, iteration, inertia, shift, milliseconds: performance.now() - began });
    if (shift === 0) return { centroids, pass, iterations: iteration, converged: true };
    centroids = next;
    const converged = empty.length === 0 && shift <= tolerance;
    if (converged || iteration === maxIterations) {
      return { centroids, pass: await passes.over(centroids, 1), iterations: iteration, converged };
    }
  }
}
