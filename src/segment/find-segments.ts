import type { Tensor2D } from '@tensorflow/tfjs-core';
import { DataError, UsageError } from '../errors.js';
import { scatterOf } from '../evaluate/segment-scatter.js';
import { batchesOf, readBatches } from './batches.js';
import { type Choice, chooseDivision } from './choose-k/index.js';
import { Dbscan, suggestRadius } from './dbscan/index.js';
import { byKMeans } from './find-by-kmeans.js';
import type { FindOptions, FoundModel, FoundSegments, KChoice, Of, SegmentOptions } from './find-options.js';
import { findStreamed } from './find-streamed.js';
import { Hdbscan } from './hdbscan/index.js';
import { type Cut, cutTree } from './hierarchical/index.js';
import { linkCustomers } from './link-customers.js';
import { numberClusters } from './number-clusters.js';
import { centroidDistances, ofLabels, type SegmentAssignment, type SegmentModel } from './segment-model.js';
import type { CustomerStream } from './visit.js';

/** Customers beside whom one in a hundred is still an audience. */
const leastAudience = 5;

/**
 * Finds segments by the algorithm of choice.
 *
 * @param x features of the customers, `[features, customers]`; for k-means also a stream of customers who need not fit into
 * memory, whose segments are then told by `predictStream` of the model.
 * @throws UsageError for an option that is out of its range, and for more segments than customers.
 * @throws DataError for NaN or infinite values, for customers who can not be told apart, and where all are noise.
 */
export async function findSegments(
  x: Tensor2D,
  options: SegmentOptions,
  find?: FindOptions,
): Promise<FoundSegments>;
export async function findSegments(
  x: Tensor2D | CustomerStream,
  options: SegmentOptions,
  find?: FindOptions,
): Promise<FoundModel | FoundSegments>;
export async function findSegments(
  x: Tensor2D | CustomerStream,
  options: SegmentOptions,
  find: FindOptions = {},
): Promise<FoundModel | FoundSegments> {
  if (typeof x === 'function') {
    if (options.algorithm === 'kmeans') return findStreamed(x, options, find);
    throw new UsageError({
      key: 'segments.algorithm',
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
    key: 'segments.k',
    expected: `at most as many segments as there are customers, ${customers}`,
    found: `${k}`,
  });
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
  const { merges, labelOf, microClusters, microSizes } = await linkCustomers(x, {
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
    hierarchy: { linkage: method, merges, cutHeight, microClusters, microSizes },
  };

  /** The number of segments that the criterion is for, all of them cuts of the one tree. */
  async function chooseCut(wanted: KChoice): Promise<Choice> {
    if (wanted.criterion === 'gap') {
      throw new UsageError({
        key: 'segments.k.criterion',
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
