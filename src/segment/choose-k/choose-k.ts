import * as tf from '@tensorflow/tfjs-core';
import { DataError, UsageError } from '../../errors.js';
import { calinskiHarabasz } from '../../evaluate/calinski-harabasz.js';
import { daviesBouldin } from '../../evaluate/davies-bouldin.js';
import { silhouette } from '../../evaluate/silhouette.js';
import { Random } from '../../random.js';
import { type Batches, batchesOf, type Features, gatherCustomers, readBatches } from '../batches.js';
import { distinctCustomers, sampleOf } from '../candidates.js';
import { KMeans } from '../kmeans.js';
import type { KMeansOptions } from '../kmeans-options.js';
import type { NamedInit } from '../named-inits.js';
import { checkFinite } from '../spread.js';
import { type Criterion, choiceOf, criteria, type KFigures } from './criteria.js';
import { explainChoice } from './explain.js';
import { evenlySpread, gapOf } from './gap.js';

export interface ChooseKOptions extends Omit<KMeansOptions, 'k' | 'init'> {
  init?: NamedInit;
  /** Numbers of segments to try. 2 to 10: more are hard to act on. */
  from?: number;
  to?: number;
  /** What decides. Default: silhouette. The gap statistic alone can say that there is but one segment. */
  criterion?: Criterion;
  /**
   * Customers for the silhouette and the gap statistic, spread evenly. 5,000: their time grows with the square of
   * the customers, or with the references; a mean over so many is right to about 0.01.
   */
  sample?: number;
  /** Populations without segments for the gap statistic. 10 where it decides, else none. */
  references?: number;
  /** Names of the features, for the model and for messages. */
  features?: readonly string[];
  onProgress?: (done: number, total: number) => void;
  /** Stops the search. */
  signal?: AbortSignal;
}

/** A number of segments, and how it came about. */
export interface ChosenK {
  k: number;
  criterion: Criterion;
  /** One sentence. */
  reason: string;
  /** From k = 1 (the inertia of everybody in one segment), then `from` to `to`. */
  curve: KFigures[];
  /** What every criterion is for, where it could be computed. */
  choices: Partial<Record<Criterion, number>>;
  /** The k-means of that many segments. */
  model: KMeans;
}

/**
 * Tries numbers of segments with k-means and chooses one.
 *
 * @param x features of the customers, `[features, customers]`, whole or in batches.
 * @throws UsageError for a range of numbers, a criterion or an option that cannot be.
 * @throws DataError for NaN or infinite values and for customers that are all at the same place.
 */
export async function chooseK(x: Features, options: ChooseKOptions = {}): Promise<ChosenK> {
  const { from = 2, to = 10, criterion = 'silhouette', sample = 5000, seed = 0, signal } = options;
  const { references = criterion === 'gap' ? 10 : 0, onProgress = () => {}, features: names } = options;
  checkOptions(from, to, criterion, sample, references);
  const { init, oversampling, rounds, batchSize, starts, maxIterations, tolerance, exchange } = options;
  const settings = { init, oversampling, rounds, batchSize, maxIterations, tolerance, exchange, seed };
  const fitted = (k: number, population: Features, fewer?: number) =>
    new KMeans({ ...settings, k, starts: fewer ?? starts }).fit(population, { features: names, signal });

  const batches = batchesOf(x);
  const most = await mostSegments(batches, to, from, names);
  const part = await sampledPart(batches, sample, seed);
  const ks = Array.from({ length: most - from + 1 }, (_, i) => from + i);
  const total = ks.length + references;
  try {
    const gaps = await gapsOf(part.x, [1, ...ks], references);
    const everybody = await fitted(1, x, 1);
    const models = new Map([[1, everybody]]);
    const curve: KFigures[] = [
      {
        k: 1,
        inertia: everybody.inertia,
        silhouette: Number.NaN,
        calinskiHarabasz: Number.NaN,
        daviesBouldin: Number.NaN,
        ...gaps(1),
      },
    ];
    for (const k of ks) {
      const model = await fitted(k, x);
      models.set(k, model);
      curve.push({
        k,
        inertia: model.inertia,
        silhouette: await silhouetteOf(part, model.labels, signal),
        calinskiHarabasz: await calinskiHarabasz(x, model.labels),
        daviesBouldin: await daviesBouldin(x, model.labels),
        ...gaps(k),
      });
      onProgress(references + models.size - 1, total);
    }
    const choices = Object.fromEntries(
      criteria.flatMap(each => {
        const choice = choiceOf(each, curve);
        return choice === undefined ? [] : [[each, choice]];
      }),
    ) as Partial<Record<Criterion, number>>;
    // A straight curve has no elbow.
    const k = choices[criterion] ?? from;
    const model = models.get(k)!;
    return { k, criterion, reason: explainChoice(k, criterion, curve), curve, choices, model };
  } finally {
    part.x.dispose();
  }

  /** Fits the sample and as many populations without segments; returns the gap by k. */
  async function gapsOf(population: tf.Tensor2D, tried: readonly number[], count: number) {
    const values = count > 0 ? ((await population.data<'float32'>()) as Float32Array) : new Float32Array();
    const inertias = new Map<number, { own: number; references: number[] }>();
    const features = population.shape[0];
    for (const k of count > 0 ? tried : []) {
      inertias.set(k, { own: (await fitted(k, population)).inertia, references: [] });
    }
    for (let i = 0; i < count; i++) {
      const reference = evenlySpread(values, features, new Random(seed, i));
      try {
        for (const k of tried) inertias.get(k)!.references.push((await fitted(k, reference, 3)).inertia);
      } finally {
        reference.dispose();
      }
      onProgress(i + 1, total);
    }
    return (k: number) => {
      const known = inertias.get(k);
      return known ? gapOf(known.own, known.references) : gapOf(0, []);
    };
  }
}

/** The most segments that can be tried. */
async function mostSegments(batches: Batches, to: number, from: number, names?: readonly string[]) {
  const { features, customers } = batches;
  if (customers === 0 || features === 0) {
    const found = customers === 0 ? 'no customers' : 'no features';
    throw new DataError({ expected: 'customers to segment', found });
  }
  const host = await readBatches(batches);
  checkFinite(host, features, names);
  const distinct = distinctCustomers(host, features, to).length / features;
  const most = Math.min(to, distinct, customers - 1);
  if (most >= from) return most;
  throw new DataError({
    expected: `at least ${from} different customers and one more to try ${from} segments`,
    found: `${distinct} different ${distinct === 1 ? 'one' : 'ones'} of ${customers}`,
    hint: 'Give more customers, or features in which they differ more.',
  });
}

/** Some of the customers, on the device. */
async function sampledPart(batches: Batches, sample: number, seed: number) {
  const { features, customers } = batches;
  const chosen = sampleOf(customers, sample, new Random(seed));
  const rows = gatherCustomers(await readBatches(batches), features, chosen);
  const x = tf.tidy(() =>
    tf.transpose<tf.Tensor2D>(tf.tensor2d(Float32Array.from(rows), [chosen.length, features])),
  );
  return { x, chosen };
}

async function silhouetteOf(
  { x, chosen }: { x: tf.Tensor2D; chosen: Int32Array },
  labels: Int32Array,
  signal?: AbortSignal,
): Promise<number> {
  const some = chosen.map(customer => labels[customer]);
  const segments = new Set(some).size;
  // A sample may miss segments of few customers.
  if (segments < 2 || segments >= some.length) return Number.NaN;
  return (await silhouette(x, some, { signal })).mean;
}

function checkOptions(
  from: number,
  to: number,
  criterion: Criterion,
  sample: number,
  references: number,
): void {
  const check = (name: string, value: number, least: number) => {
    if (Number.isSafeInteger(value) && value >= least) return;
    throw new UsageError({
      expected: `${name} to be a whole number of at least ${least}`,
      found: String(value),
    });
  };
  check('from', from, 2);
  check('to', to, from);
  check('sample', sample, 10);
  check('references', references, criterion === 'gap' ? 1 : 0);
  if (criteria.includes(criterion)) return;
  throw new UsageError({ expected: `criterion to be ${criteria.join(', ')}`, found: `"${criterion}"` });
}
