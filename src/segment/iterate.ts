import { assign } from './assign.js';
import type { HostBatch } from './batches.js';
import { meansOf, type Pass, Passes, type Population } from './lloyd.js';
import { emptySegments, repairEmpty } from './repair.js';
import { visitAll } from './visit.js';
import { VisitedPasses } from './visited-passes.js';

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
  /** Customers who changed their segment, all of them at first; where `countMoved` asks for it. */
  moved?: number;
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
  /** Whether to count who changes segment. */
  countMoved?: boolean;
  /** Awaited before each iteration. */
  turn: () => Promise<void>;
}

/** Passes over all customers, wherever these are. */
export interface Walker {
  /** @param left how many passes are wanted at most, from this one on. */
  over(centroids: Float32Array, left: number): Promise<Pass>;
  /** Gives each empty segment of the pass a customer; see `repairEmpty`. */
  repair(pass: Pass, empty: readonly number[]): Promise<void>;
}

/** Lloyd's iterations from the first centroids until they rest. */
export async function iterate(
  population: Population,
  host: readonly HostBatch[],
  first: Float32Array,
  options: IterateOptions,
): Promise<Optimum> {
  const { features, customers, tensors, spread } = population;
  const { weights, tolerance, countMoved } = options;
  const passes = countMoved ? undefined : new Passes(population, tolerance);
  const visited = new VisitedPasses(
    visitAll(tensors, host, population.weights, weights),
    spread,
    countMoved ? customers : undefined,
  );
  const walker: Walker = {
    over: (centroids, left) => passes?.over(centroids, left) ?? visited.over(centroids),
    repair: async (pass, empty) =>
      repairEmpty(pass, empty, await assign(population, pass.centroids), host, features, weights),
  };
  try {
    return await walk(walker, features, first, options);
  } finally {
    passes?.dispose();
  }
}

/** Lloyd's iterations over whatever makes the passes. */
export async function walk(
  walker: Walker,
  features: number,
  first: Float32Array,
  { start, maxIterations, tolerance, onIteration, turn }: IterateOptions,
): Promise<Optimum> {
  let centroids = first;
  for (let iteration = 1; ; iteration++) {
    await turn();
    const began = performance.now();
    const left = maxIterations - iteration + 2;
    const pass = await walker.over(centroids, left);
    const { inertia, moved } = pass;
    const empty = emptySegments(pass);
    if (empty.length > 0) await walker.repair(pass, empty);
    const next = meansOf(pass, features, centroids);
    let shift = 0;
    for (let i = 0; i < next.length; i++) shift += (next[i] - centroids[i]) ** 2;
    const milliseconds = performance.now() - began;
    onIteration?.({ start, iteration, inertia, shift, ...(moved !== undefined && { moved }), milliseconds });
    if (shift === 0) return { centroids, pass, iterations: iteration, converged: true };
    centroids = next;
    const converged = empty.length === 0 && shift <= tolerance;
    if (converged || iteration === maxIterations) {
      return { centroids, pass: await walker.over(centroids, 1), iterations: iteration, converged };
    }
  }
}
