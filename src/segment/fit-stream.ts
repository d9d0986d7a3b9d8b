import { Random } from '../random.js';
import { takeTurns } from '../turns.js';
import type { HostBatch } from './batches.js';
import { distinctCustomers, sampleOf } from './candidates.js';
import {
  batchStreams,
  checkDistinct,
  checkNames,
  type FitOptions,
  inOrder,
  type Segmentation,
  type Segments,
  sameInertia,
} from './fit.js';
import { givenCentroids } from './given-centroids.js';
import { type IterateOptions, type Optimum, type Walker, walk } from './iterate.js';
import type { KMeansSettings } from './kmeans-options.js';
import { fitVisited } from './mini-batch.js';
import { emptySegments } from './repair.js';
import { Seeding, seedSample } from './seeding.js';
import { checkFinite, type Spread, SpreadSum } from './spread.js';
import { type CustomerStream, gatherVisited, type Visit, visitStream } from './visit.js';
import { nearestOf, repairVisited, VisitedPasses } from './visited-passes.js';
import { checkEachWeight, checkSomeWeight } from './weights.js';

export type StreamFitOptions = Omit<FitOptions, 'weights'>;

/** What a fit of streamed customers found, and how many features they have. */
export interface StreamedSegments extends Omit<Segments, keyof Segmentation> {
  featureCount: number;
}

/** What a first look at all customers finds. */
interface Look {
  features: number;
  customers: number;
  weighted: boolean;
  spread: Spread;
  /** `[found, features]`, customers who all differ, no more than there are to be segments. */
  distinct: Float64Array;
}

/**
 * k-means of customers who need not fit into memory: every pass reads them again, batch by batch. The segments are
 * those of a fit in memory without exchange of single customers, but for the rounding of sums.
 */
export async function fitStream(
  stream: CustomerStream,
  settings: KMeansSettings,
  { features: names, onIteration, countMoved, signal }: StreamFitOptions = {},
): Promise<StreamedSegments> {
  const turn = takeTurns(signal);
  const visit = visitStream(stream, turn);
  const look = await lookAt(visit, settings.k, names);
  const { features, customers, spread } = look;
  const given = await givenCentroids(settings, features, names);
  const tolerance = settings.tolerance * spread.meanVariance;
  const passes = new VisitedPasses(visit, spread, countMoved ? customers : undefined);
  const walker: Walker = {
    over: centroids => passes.over(centroids),
    repair: (pass, empty) => repairVisited(visit, pass, empty),
  };
  const seeds = given ? undefined : await seedsOf(visit, look, settings);
  try {
    let best: Optimum | undefined;
    for (let start = 1; start <= (given ? 1 : settings.starts); start++) {
      const options = { start, maxIterations: settings.maxIterations, tolerance, onIteration, turn };
      const first = given ?? (await seeds!.centroids(options));
      const found =
        settings.batchSize === undefined
          ? await walk(walker, features, first, options)
          : await walkBatches(visit, walker, spread, first, settings, options);
      if (!best || found.pass.inertia < best.pass.inertia * (1 - sameInertia)) best = found;
    }
    const { pass, iterations, converged } = best!;
    const centroids = inOrder(best!, features);
    // Where next to nothing remains, the distances themselves are more exact than a difference of sums.
    const inertia =
      pass.inertia < 1e-6 * spread.scatter ? await inertiaByDistances(visit, centroids) : pass.inertia;
    const sizes = Array.from(pass.counts).sort((a, b) => b - a);
    return { centroids, sizes, inertia, iterations, converged, featureCount: features };
  } finally {
    seeds?.dispose();
  }
}

async function lookAt(visit: Visit, k: number, names?: readonly string[]): Promise<Look> {
  let spread: SpreadSum | undefined;
  let customers = 0;
  let features = 0;
  let weighted = false;
  let distinct = new Float64Array();
  await visit(async part => {
    features = part.x.shape[0];
    checkNames(names, features);
    const { x, weights, from } = part;
    checkEachWeight(weights?.host, from);
    spread ??= new SpreadSum(features);
    if (!(await spread.add(x, weights?.device))) checkFinite([part], features, names);
    customers += part.customers;
    weighted ||= weights !== undefined;
    const missing = k - distinct.length / features;
    if (missing > 0) {
      const more = distinctCustomers([{ ...part, from: 0 }], features, missing, weights?.host, distinct);
      distinct = Float64Array.from([...distinct, ...more]);
    }
  });
  const found = spread!.finish();
  checkSomeWeight(found.weight);
  checkDistinct(distinct.length / features, k);
  return { features, customers, weighted, spread: found, distinct };
}

/** Chooses first centroids out of the same sample of the customers that a fit in memory would take. */
async function seedsOf(
  visit: Visit,
  { features, customers, weighted, spread, distinct }: Look,
  settings: KMeansSettings,
): Promise<Seeding> {
  const sample = sampleOf(customers, seedSample(settings, features), new Random(settings.seed));
  const { values, weights: own } = await gatherVisited(visit, sample);
  const count = distinct.length / features;
  const weights = weighted ? new Float32Array(sample.length + count).fill(1) : undefined;
  if (own) weights?.set(own);
  // Behind the sample there are customers who differ, should the sample have too few of them.
  const others = new Float32Array(distinct.length);
  for (let i = 0; i < count; i++) {
    for (let f = 0; f < features; f++) others[f * count + i] = distinct[i * features + f];
  }
  const host: HostBatch[] = [
    { values, customers: sample.length, from: 0 },
    { values: others, customers: count, from: sample.length },
  ];
  const population = { tensors: [], features, customers: sample.length, spread };
  return new Seeding(host, population, settings, visit, weights, customers);
}

/** Mini-batches, and a pass over all customers to see where they led. */
async function walkBatches(
  visit: Visit,
  walker: Walker,
  spread: Spread,
  first: Float32Array,
  { batchSize, seed }: KMeansSettings,
  options: IterateOptions,
): Promise<Optimum> {
  const random = new Random(seed, batchStreams + options.start);
  const found = await fitVisited(visit, spread, first, { size: batchSize!, random }, options);
  const pass = await walker.over(found.centroids, 1);
  if (emptySegments(pass).length === 0) return { ...found, pass };
  const repaired = await walk(walker, spread.mean.length, found.centroids, {
    ...options,
    maxIterations: 1,
    onIteration: undefined,
  });
  return { ...repaired, iterations: found.iterations };
}

async function inertiaByDistances(visit: Visit, centroids: Float32Array): Promise<number> {
  let sum = 0;
  await visit(async part => {
    const { distances } = await nearestOf(part, centroids);
    for (let i = 0; i < distances.length; i++) sum += (part.weights?.host[i] ?? 1) * distances[i];
  });
  return sum;
}
