import type { Tensor2D } from '@tensorflow/tfjs-core';
import { UsageError } from '../errors.js';
import { type ChooseKOptions, chooseK } from './choose-k/index.js';
import type { FindOptions, FoundModel, FoundSegments, Of } from './find-options.js';
import type { Segmentation } from './fit.js';
import { KMeans } from './kmeans.js';
import type { NamedInit } from './named-inits.js';
import { ofKMeans, type SegmentAssignment } from './segment-model.js';

/** Segments by k-means, their number chosen where it is left open. */
export async function byKMeans(
  x: Tensor2D,
  { algorithm: _, k, init, ...rest }: Of<'kmeans'>,
  { seed = 0, features, onStep, signal }: FindOptions,
): Promise<FoundSegments> {
  if (typeof k === 'number') {
    let iterations = 0;
    const onIteration = () => onStep?.(++iterations, undefined, 'iterations');
    const model = await new KMeans({ ...rest, init, k, seed }).fit(x, { features, onIteration, signal });
    return { ...foundByKMeans(model), ...assignmentOf(model) };
  }
  const options: ChooseKOptions = { ...rest, ...k, init: namedInit(init), seed, features, signal };
  const { model, ...choice } = await chooseK(x, {
    ...options,
    onProgress: (done, total) => onStep?.(done, total, 'numbers of segments'),
  });
  return { ...foundByKMeans(model), ...assignmentOf(model), choice, remarks: [choice.reason] };
}

/** @throws UsageError for a model to start from, where the number of segments is to be chosen. */
export function namedInit(init: Of<'kmeans'>['init']): NamedInit | undefined {
  if (typeof init !== 'object') return init;
  throw new UsageError({
    key: 'segments.k',
    expected: 'a number of segments beside a model to start from',
    found: 'a range',
  });
}

/** What k-means found. */
export function foundByKMeans(model: KMeans): FoundModel {
  const { inertia, iterations, converged } = model;
  return { model: ofKMeans(model), remarks: [], kmeans: { inertia, iterations, converged } };
}

/** The segments of the customers of a fit, and their distances, which k-means has squared. */
function assignmentOf({ labels, distances }: Segmentation): SegmentAssignment {
  return { labels, distances: Float64Array.from(distances, Math.sqrt) };
}
