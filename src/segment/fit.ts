import { tensor1d } from '@tensorflow/tfjs-core';
import { DataError, UsageError } from '../errors.js';
import { Random } from '../random.js';
import { takeTurns } from '../turns.js';
import { assign } from './assign.js';
import { type Batches, type HostBatch, readBatches } from './batches.js';
import { candidatesOf, distinctCustomers } from './candidates.js';
import { exchange } from './exchange.js';
import { givenCentroids } from './given-centroids.js';
import { type IterateOptions, type Iteration, iterate, type Optimum } from './iterate.js';
import type { KMeansSettings } from './kmeans-options.js';
import { Passes, type Population } from './lloyd.js';
import { fitDrawn } from './mini-batch.js';
import { emptySegments } from './repair.js';
import { Seeding } from './seeding.js';
import { spreadOf } from './spread.js';
import { swap } from './swap.js';
import { visitAll } from './visit.js';
import { isLittle, walksFrom } from './walks.js';
import { checkWeights } from './weights.js';

export interface FitOptions {
  /** `[customers]`, each at least 0: how many customers each one stands for. */
  weights?: Float32Array;
  /** Names of the features: saved with the model and used in messages. */
  features?: readonly string[];
  onIteration?: (iteration: Iteration) => void;
  /** Whether iterations count who changes segment: a step then computes the distances of all customers. Not with batches. */
  countMoved?: boolean;
  /** Stops the fit between two iterations. */
  signal?: AbortSignal;
}

export interface Segmentation {
  /** `[customers]`, each customer's segment, 0 … k - 1. */
  labels: Int32Array;
  /** `[customers]`, squared Euclidean distance to the segment's centroid. */
  distances: Float32Array;
}

/** What a fit found. */
export interface Segments extends Segmentation {
  /** `[k, features]` */
  centroids: Float32Array;
  /** `[k]`, sums of the weights. */
  sizes: number[];
  inertia: number;
  iterations: number;
  converged: boolean;
}

/** Products of customers, segments and features up to which the result is improved by exchange and swaps. */
const improvableWork = 2e6;

/** Such products that the sweeps of an exchange may add up to, and the swaps. */
const exchangeWork = 2e7;
const swapWork = 2e6;

/** The most sweeps of an exchange, and the most swaps. */
const most = 100;

/** Two starts whose inertia differs by less, relatively, found the same segments: rounding must not choose. */
export const sameInertia = 1e-9;

/** Streams of chance from here on draw the batches of the starts. */
export const batchStreams = 1e6;

/** k-means of all these customers, the best of several starts. */
export async function fitSegments(
  batches: Batches,
  settings: KMeansSettings,
  { weights, features: names, onIteration, countMoved, signal }: FitOptions,
): Promise<Segments> {
  const { features, customers } = batches;
  const { k, maxIterations, batchSize } = settings;
  check(batches, names, weights);
  const host = await readBatches(batches);
  const given = await givenCentroids(settings, features, names);
  const starts = given ? 1 : settings.starts;
  const improvable =
    settings.exchange && batchSize === undefined && customers * k * features <= improvableWork;

  const uploaded = weights && host.map(({ from, customers: n }) => tensor1d(weights.slice(from, from + n)));
  let seeds: Seeding | undefined;
  try {
    const spread = await spreadOf(batches, host, uploaded, names);
    checkDistinct(distinctCustomers(host, features, k, weights).length / features, k);
    const population: Population = { ...batches, weights: uploaded, spread };
    const visit = visitAll(batches.tensors, host, uploaded, weights);
    seeds = given ? undefined : new Seeding(host, population, settings, visit, weights);
    const turn = takeTurns(signal);
    const tolerance = settings.tolerance * spread.meanVariance;
    const little = !given && batchSize === undefined && !countMoved && isLittle(population, k);
    const firsts = little ? await seeds!.firsts(starts) : given && [given];
    if (little) population.walks = await walksFrom(population, firsts!, { maxIterations, tolerance });
    let best: Optimum | undefined;
    for (let start = 1; start <= starts; start++) {
      const options = { start, maxIterations, tolerance, weights, onIteration, countMoved, turn };
      const first = firsts?.[start - 1] ?? (await seeds!.centroids(options));
      const found =
        batchSize === undefined
          ? await iterate(population, host, first, options)
          : await iterateBatches(population, host, first, {
              ...options,
              size: batchSize,
              seed: settings.seed,
            });
      if (!best || found.pass.inertia < best.pass.inertia * (1 - sameInertia)) best = found;
    }
    if (improvable) {
      const centroids = improve(host, batches, best!.centroids, settings, weights);
      const passes = new Passes(population, tolerance);
      best = { ...best!, centroids, pass: await passes.over(centroids, 1) };
      passes.dispose();
    }
    const { pass, iterations, converged } = best!;
    const centroids = inOrder(best!, features);
    const { labels, distances } = await assign(population, centroids);
    // Where next to nothing remains, the distances themselves are more exact than a difference of sums.
    const inertia = pass.inertia < 1e-6 * spread.scatter ? sumOf(distances, weights) : pass.inertia;
    return {
      centroids,
      labels,
      distances,
      sizes: sizesOf(labels, k, weights),
      inertia,
      iterations,
      converged,
    };
  } finally {
    for (const tensor of uploaded ?? []) tensor.dispose();
    seeds?.dispose();
  }
}

/** Mini-batches, and a pass over all customers to see where they led. */
async function iterateBatches(
  population: Population,
  host: readonly HostBatch[],
  first: Float32Array,
  { size, seed, ...options }: IterateOptions & { size: number; seed: number },
): Promise<Optimum> {
  const { start, weights } = options;
  const random = new Random(seed, batchStreams + start);
  const found = await fitDrawn(host, population.spread, first, { size, random, weights }, options);
  const passes = new Passes(population, 0);
  try {
    const pass = await passes.over(found.centroids, 1);
    if (emptySegments(pass).length === 0) return { ...found, pass };
  } finally {
    passes.dispose();
  }
  const repaired = await iterate(population, host, found.centroids, {
    ...options,
    maxIterations: 1,
    onIteration: undefined,
  });
  return { ...repaired, iterations: found.iterations };
}

/** Better centroids for few customers, on the host. */
function improve(
  host: readonly HostBatch[],
  { features, customers }: Batches,
  centroids: Float32Array,
  { k, init, seed }: KMeansSettings,
  weights?: Float32Array,
): Float32Array {
  const everybody = Int32Array.from({ length: customers }, (_, i) => i);
  const candidates = candidatesOf(host, features, everybody, weights);
  const work = customers * k * features;
  const sweeps = Math.min(most, Math.ceil(exchangeWork / work));
  // Whoever gives the first centroids wants the segments around them.
  const swaps = typeof init === 'string' ? Math.min(most, Math.ceil(swapWork / work)) : 0;
  const exchanged = exchange(candidates, Float64Array.from(centroids), sweeps);
  return Float32Array.from(swap(candidates, exchanged, swaps, sweeps, new Random(seed)).centroids);
}

/** The centroids of the largest segment first, those of equal size in the order of their coordinates. */
export function inOrder({ centroids, pass: { counts } }: Optimum, features: number): Float32Array {
  const row = (segment: number) => centroids.subarray(segment * features, (segment + 1) * features);
  const order = [...counts.keys()].sort((a, b) => {
    if (counts[a] !== counts[b]) return counts[b] - counts[a];
    const [left, right] = [row(a), row(b)];
    const f = left.findIndex((value, i) => value !== right[i]);
    return f < 0 ? 0 : left[f] - right[f];
  });
  return Float32Array.from(order.flatMap(segment => [...row(segment)]));
}

function sizesOf(labels: Int32Array, k: number, weights?: Float32Array): number[] {
  const sizes = new Float64Array(k);
  for (let i = 0; i < labels.length; i++) sizes[labels[i]] += weights ? weights[i] : 1;
  return [...sizes];
}

function sumOf(distances: Float32Array, weights?: Float32Array): number {
  return distances.reduce((sum, distance, i) => sum + (weights ? weights[i] : 1) * distance, 0);
}

function check(
  { features, customers }: Batches,
  names: readonly string[] | undefined,
  weights: Float32Array | undefined,
): void {
  checkNames(names, features);
  if (customers === 0 || features === 0) {
    const found = customers === 0 ? 'no customers' : 'no features';
    throw new DataError({ expected: 'customers to segment', found });
  }
  checkWeights(weights, customers);
}

/** @throws UsageError for another number of names than of features. */
export function checkNames(names: readonly string[] | undefined, features: number): void {
  if (!names || names.length === features) return;
  throw new UsageError({ expected: `${features} names of features`, found: `${names.length}` });
}

/** @throws UsageError where fewer customers differ than there are to be segments. */
export function checkDistinct(distinct: number, k: number): void {
  if (distinct >= k) return;
  throw new UsageError({
    expected: `k of at most ${distinct}, the number of distinct customers`,
    found: `k = ${k}`,
    hint: 'Ask for fewer segments, or give features in which the customers differ more.',
  });
}
