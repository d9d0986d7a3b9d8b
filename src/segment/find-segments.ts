import type { Tensor2D } from '@tensorflow/tfjs-core';
import { DataError, UsageError } from '../errors.js';
import { scatterOf } from '../evaluate/segment-scatter.js';
import { batchesOf, readBatches } from './batches.js';
import {
  type Choice,
  type ChooseKOptions,
  type Criterion,
  chooseDivision,
  chooseK,
} from './choose-k/index.js';
import { Dbscan, type DensityMetric, type SuggestedRadius, suggestRadius } from './dbscan/index.js';
import { findStreamed } from './find-streamed.js';
import type { Segmentation } from './fit.js';
import { Hdbscan } from './hdbscan/index.js';
import { type Cut, cutTree, type LinkageMethod, type Merges } from './hierarchical/index.js';
import { KMeans } from './kmeans.js';
import type { KMeansOptions, WarmStart } from './kmeans-options.js';
import { linkCustomers } from './link-customers.js';
import type { NamedInit } from './named-inits.js';
import { numberClusters } from './number-clusters.js';
import {
  centroidDistances,
  ofKMeans,
  ofLabels,
  type SegmentAssignment,
  type SegmentModel,
} from './segment-model.js';
import type { CustomerStream } from './visit.js';

/** A range of numbers of segments to choose from. */
export interface KChoice {
  from?: number;
  to?: number;
  criterion?: Criterion;
}

/** The algorithm, and what it needs to know. */
export type SegmentOptions =
  | ({ algorithm: 'kmeans'; k: number | KChoice } & Omit<KMeansOptions, 'k' | 'seed' | 'init'> & {
        /** A fitted model is for a number of segments that is given. */
        init?: NamedInit | WarmStart;
      })
  | { algorithm: 'dbscan'; radius: number | 'auto'; minimumPoints?: number; metric?: DensityMetric }
  | { algorithm: 'hdbscan'; minimumSize?: number; minimumPoints?: number; metric?: DensityMetric }
  | { algorithm: 'hierarchical'; linkage?: LinkageMethod; cut: { k: number | KChoice } | { height: number } };

export interface FindOptions {
  seed?: number;
  /** Names of the features. */
  features?: readonly string[];
  /** Steps of whatever kind that were done. */
  onStep?: (done: number, total: number | undefined, unit: string) => void;
  signal?: AbortSignal;
}

/** A hierarchy over customers, or over micro-clusters of them. */
export interface FoundHierarchy {
  linkage: LinkageMethod;
  merges: Merges;
  /** Between the last merger that was made and the first that was not. */
  cutHeight: number;
  /** How many micro-clusters stand for the customers; undefined where each stands for themselves. */
  microClusters?: number;
}

/** Segments, and how they came about. */
export interface FoundSegments extends SegmentAssignment {
  model: SegmentModel;
  /** What the reader should know, in whole sentences. */
  remarks: string[];
  /** k-means: its sum of squared distances, iterations, whether it came to rest. */
  kmeans?: { inertia: number; iterations: number; converged: boolean };
  /** How k was chosen, where it was left open. */
  choice?: Choice;
  /** The radius of DBSCAN and its core customers; with the distances to choose it by where it was left open. */
  density?: { radius: number; core: number; suggested?: SuggestedRadius };
  hierarchy?: FoundHierarchy;
}

/** Customers beside whom one in a hundred is still an audience. */
const leastAudience = 5;

/**
 * Finds segments by the algorithm of choice.
 *
 * @param x features of the customers, `[features, customers]`; for k-means also a stream of customers who need not fit into
 * memory.
 * @throws UsageError for an option that is out of its range, and for more segments than customers.
 * @throws DataError for NaN or infinite values, for customers who can not be told apart, and where all are noise.
 */
export async function findSegments(
  x: Tensor2D | CustomerStream,
  options: SegmentOptions,
  find: FindOptions = {},
): Promise<FoundSegments> {
  if (typeof x === 'function') {
    if (options.algorithm === 'kmeans') return findStreamed(x, options, find);
    throw new UsageError({
      column: 'segments.algorithm',
      expected: 'kmeans for customers who come from a stream',
      found: options.algorithm,
    });
  }
  checkCount(options, x.shape[1]);
  switch (options.algorithm) {
    case 'kmeans':
      return byKMeans(x, options, find);
    case 'dbscan':
      return byDbscan(x, options, find);
    case 'hdbscan':
      return byHdbscan(x, options, find);
    case 'hierarchical':
      return byLinkage(x, options, find);
  }
}

function checkCount(options: SegmentOptions, customers: number): void {
  const k =
    options.algorithm === 'kmeans'
      ? options.k
      : options.algorithm === 'hierarchical' && 'k' in options.cut
        ? options.cut.k
        : 1;
  if (typeof k !== 'number' || k <= customers) return;
  throw new UsageError({
    column: 'segments.k',
    expected: `at most as many segments as there are customers, ${customers}`,
    found: `${k}`,
  });
}

export type Of<A extends SegmentOptions['algorithm']> = Extract<SegmentOptions, { algorithm: A }>;

async function byKMeans(
  x: Tensor2D,
  { algorithm: _, k, init, ...rest }: Of<'kmeans'>,
  { seed = 0, features, onStep, signal }: FindOptions,
): Promise<FoundSegments> {
  if (typeof k === 'number') {
    let iterations = 0;
    const onIteration = () => onStep?.(++iterations, undefined, 'iterations');
    const model = await new KMeans({ ...rest, init, k, seed }).fit(x, { features, onIteration, signal });
    return foundByKMeans(model, model);
  }
  const options: ChooseKOptions = { ...rest, ...k, init: namedInit(init), seed, features, signal };
  const { model, ...choice } = await chooseK(x, {
    ...options,
    onProgress: (done, total) => onStep?.(done, total, 'numbers of segments'),
  });
  return { ...foundByKMeans(model, model), choice, remarks: [choice.reason] };
}

/** @throws UsageError for a model to start from, where the number of segments is to be chosen. */
export function namedInit(init: Of<'kmeans'>['init']): NamedInit | undefined {
  if (typeof init !== 'object') return init;
  throw new UsageError({
    column: 'segments.k',
    expected: 'a number of segments beside a model to start from',
    found: 'a range',
  });
}

/** What k-means found, with the segments of the customers and their squared distances. */
export function foundByKMeans(model: KMeans, { labels, distances }: Segmentation): FoundSegments {
  const { inertia, iterations, converged } = model;
  return {
    model: ofKMeans(model),
    labels,
    distances: roots(distances),
    remarks: [],
    kmeans: { inertia, iterations, converged },
  };
}

function roots(squares: Float32Array): Float64Array {
  const found = new Float64Array(squares.length);
  for (let i = 0; i < found.length; i++) found[i] = Math.sqrt(squares[i]);
  return found;
}

/** Distances and centroids of segments that are known by their labels. */
async function withDistances(
  x: Tensor2D,
  model: SegmentModel,
  labels: Int32Array,
): Promise<SegmentAssignment> {
  const batches = batchesOf(x);
  const distances = centroidDistances(await readBatches(batches), batches.features, labels, model.centroids);
  return { labels, distances };
}

async function byDbscan(
  x: Tensor2D,
  { radius, minimumPoints: minPoints = 5, metric }: Of<'dbscan'>,
  { seed, features, signal }: FindOptions,
): Promise<FoundSegments> {
  const suggested =
    radius === 'auto' ? await suggestRadius(x, { minPoints, metric, seed, signal }) : undefined;
  const eps = suggested?.eps ?? (radius as number);
  const model = await new Dbscan({ eps, minPoints, metric }).fit(x, { features, signal });
  const { labels } = model;
  if (model.clusters === 0) {
    throw nothingButNoise(
      `within the radius ${rounded(eps)} of ${minPoints} customers`,
      'Raise the radius, lower minimumPoints, or let radius: auto find one.',
    );
  }
  const segments = await ofLabels({ algorithm: 'dbscan', model }, x, labels, model.clusters, features);
  const core = model.core.reduce((sum, each) => sum + each, 0);
  const remarks = suggested
    ? [
        `The radius ${rounded(eps)} is where the distances to the ${ordinal(minPoints)} nearest customer begin to rise steeply; ${percent(suggested.coreShare)} of the customers have ${minPoints} within it.`,
      ]
    : [];
  return {
    model: segments,
    ...(await withDistances(x, segments, labels)),
    remarks: [...remarks, ...noiseRemarks(labels, 'raise the radius')],
    density: { radius: eps, core, suggested },
  };
}

async function byHdbscan(
  x: Tensor2D,
  { minimumSize, minimumPoints: minPoints, metric }: Of<'hdbscan'>,
  { features, signal }: FindOptions,
): Promise<FoundSegments> {
  const minClusterSize = minimumSize ?? Math.max(leastAudience, Math.round(x.shape[1] / 100));
  const model = await new Hdbscan({ minClusterSize, minPoints, metric }).fit(x, { features, signal });
  const { labels, probabilities } = model;
  if (model.clusters === 0) {
    throw nothingButNoise(
      `of ${minClusterSize} customers or more`,
      'Lower minimumSize or minimumPoints, or take k-means.',
    );
  }
  const segments = await ofLabels({ algorithm: 'hdbscan', model }, x, labels, model.clusters, features);
  const remarks =
    minimumSize === undefined
      ? [
          `The smallest segment that counts is one of ${minClusterSize} customers, a hundredth of all but no fewer than ${leastAudience}; minimumSize says otherwise.`,
        ]
      : [];
  return {
    model: segments,
    ...(await withDistances(x, segments, labels)),
    memberships: probabilities,
    remarks: [...remarks, ...noiseRemarks(labels, 'lower minimumPoints')],
  };
}

async function byLinkage(
  x: Tensor2D,
  { linkage: method = 'ward', cut }: Of<'hierarchical'>,
  { seed, features, onStep, signal }: FindOptions,
): Promise<FoundSegments> {
  const { merges, labelOf, microClusters } = await linkCustomers(x, {
    method,
    seed,
    features,
    signal,
    onProgress: (done, total) => onStep?.(done, total, 'mergers'),
  });
  // Of micro-clusters, the sizes were not yet those of the customers.
  const labelsAt = (at: Cut) => numberClusters(labelOf(cutTree(merges, at).labels));
  const choice = 'k' in cut && typeof cut.k === 'object' ? await chooseCut(cut.k) : undefined;
  const { labels, sizes } = labelsAt(choice ? { k: choice.k } : (cut as Cut));
  const k = sizes.length;
  const segments = await ofLabels({ algorithm: 'hierarchical' }, x, labels, k, features);
  const { heights } = merges;
  const below = heights.length - k;
  // Half way between the mergers, so that a line across the dendrogram meets as many branches as there are segments.
  const cutHeight =
    'height' in cut
      ? cut.height
      : ((below >= 0 ? heights[below] : 0) + (heights[below + 1] ?? heights[below])) / 2;
  const remarks = [
    ...(choice ? [choice.reason] : []),
    ...('height' in cut
      ? [`Cut at the height ${rounded(cut.height)}: ${k} segment${k === 1 ? '' : 's'}.`]
      : []),
    ...(microClusters === undefined
      ? []
      : [
          `The hierarchy is one of ${microClusters.toLocaleString('en')} micro-clusters, found by k-means, that stand for the ${x.shape[1].toLocaleString('en')} customers.`,
        ]),
  ];
  return {
    model: segments,
    ...(await withDistances(x, segments, labels)),
    remarks,
    choice,
    hierarchy: { linkage: method, merges, cutHeight, microClusters },
  };

  /** The number of segments that the criterion is for, all of them cuts of the one tree. */
  async function chooseCut(wanted: KChoice): Promise<Choice> {
    if (wanted.criterion === 'gap') {
      throw new UsageError({
        column: 'segments.k.criterion',
        expected: 'a criterion other than gap for the algorithm hierarchical',
        found: 'gap',
        hint: 'The gap statistic would need a tree of each population to compare with; take the silhouette.',
      });
    }
    const options = { ...wanted, seed, features, signal };
    const { division: _, ...chosen } = await chooseDivision(x, options, {
      divide: async at => {
        const { labels: own } = labelsAt({ k: at });
        const { squares } = await scatterOf(x, own);
        return { labels: own, inertia: squares.reduce((sum, square) => sum + square, 0) };
      },
    });
    return chosen;
  }
}

function nothingButNoise(where: string, hint: string): DataError {
  return new DataError({ expected: `at least one segment ${where}`, found: 'nothing but noise', hint });
}

/** From this share of the customers on, noise is worth a remark. */
const muchNoise = 0.3;

function noiseRemarks(labels: Int32Array, remedy: string): string[] {
  const noise = labels.reduce((sum, label) => sum + (label < 0 ? 1 : 0), 0) / labels.length;
  return noise >= muchNoise
    ? [`${percent(noise)} of the customers are in no segment: ${remedy} to take in more.`]
    : [];
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

function ordinal(n: number): string {
  const ending = n % 100 > 10 && n % 100 < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${ending}`;
}
