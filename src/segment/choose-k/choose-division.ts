import * as tf from '@tensorflow/tfjs-core';
import { DataError, UsageError } from '../../errors.js';
import { calinskiHarabasz } from '../../evaluate/calinski-harabasz.js';
import { daviesBouldin } from '../../evaluate/davies-bouldin.js';
import { silhouette } from '../../evaluate/silhouette.js';
import { Random } from '../../random.js';
import { type Batches, batchesOf, type Features, gatherCustomers, readBatches } from '../batches.js';
import { distinctCustomers, sampleOf } from '../candidates.js';
import { checkFinite } from '../spread.js';
import { type Criterion, choiceOf, criteria, type KFigures } from './criteria.js';
import { explainChoice } from './explain.js';
import { evenlySpread, gapOf } from './gap.js';

export interface ChoiceOptions {
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
  /** Of the choice of the sample. */
  seed?: number;
  /** Names of the features, for messages. */
  features?: readonly string[];
  onProgress?: (done: number, total: number) => void;
  /** Stops the search. */
  signal?: AbortSignal;
}

/** A number of segments, and how it came about. */
export interface Choice {
  k: number;
  criterion: Criterion;
  /** One sentence. */
  reason: string;
  /** From k = 1 (the inertia of everybody in one segment), then `from` to `to`. */
  curve: KFigures[];
  /** What every criterion is for, where it could be computed. */
  choices: Partial<Record<Criterion, number>>;
}

/** Customers in a number of segments. */
export interface Division {
  /** `[customers]` */
  labels: Int32Array;
  /** Sum of squared distances from the centroids. */
  inertia: number;
}

/** How customers are divided into any number of segments. */
export interface Divider<D extends Division> {
  divide(k: number): Promise<D>;
  /** For the gap statistic: the inertia of `k` segments of a population, with fewer starts where told, and how many populations. */
  gaps?: { references: number; inertia(k: number, x: tf.Tensor2D, starts?: number): Promise<number> };
}

/** Starts of a fit to a population without segments: it has no better optimum than others. */
const referenceStarts = 3;

/**
 * Tries numbers of segments and chooses one.
 *
 * @param x features of the customers, `[features, customers]`, whole or in batches.
 * @throws UsageError for a range of numbers or an option that cannot be.
 * @throws DataError for NaN or infinite values and for customers that are all at the same place.
 */
export async function chooseDivision<D extends Division>(
  x: Features,
  options: ChoiceOptions,
  { divide, gaps }: Divider<D>,
): Promise<Choice & { division: D }> {
  const { from = 2, to = 10, criterion = 'silhouette', sample = 5000, seed = 0, signal } = options;
  const { onProgress = () => {}, features: names } = options;
  const references = gaps?.references ?? 0;
  checkOptions(from, to, criterion, sample);
  const batches = batchesOf(x);
  const most = await mostSegments(batches, to, from, names);
  const part = await sampledPart(batches, sample, seed);
  const ks = Array.from({ length: most - from + 1 }, (_, i) => from + i);
  const total = ks.length + references;
  try {
    const gapAt = await gapsOf(part.x, [1, ...ks]);
    const everybody = await divide(1);
    const divisions = new Map([[1, everybody]]);
    const curve: KFigures[] = [
      {
        k: 1,
        inertia: everybody.inertia,
        silhouette: Number.NaN,
        calinskiHarabasz: Number.NaN,
        daviesBouldin: Number.NaN,
        ...gapAt(1),
      },
    ];
    for (const k of ks) {
      const division = await divide(k);
      divisions.set(k, division);
      curve.push({
        k,
        inertia: division.inertia,
        silhouette: await silhouetteOf(part, division.labels, signal),
        calinskiHarabasz: await calinskiHarabasz(x, division.labels),
        daviesBouldin: await daviesBouldin(x, division.labels),
        ...gapAt(k),
      });
      onProgress(references + divisions.size - 1, total);
    }
    const choices = Object.fromEntries(
      criteria.flatMap(each => {
        const choice = choiceOf(each, curve);
        return choice === undefined ? [] : [[each, choice]];
      }),
    ) as Partial<Record<Criterion, number>>;
    // A straight curve has no elbow.
    const k = choices[criterion] ?? from;
    const division = divisions.get(k)!;
    return { k, criterion, reason: explainChoice(k, criterion, curve), curve, choices, division };
  } finally {
    part.x.dispose();
  }

  /** Divides the sample and as many populations without segments; returns the gap by k. */
  async function gapsOf(population: tf.Tensor2D, tried: readonly number[]) {
    const inertias = new Map<number, { own: number; references: number[] }>();
    if (gaps && references > 0) {
      const values = (await population.data<'float32'>()) as Float32Array;
      for (const k of tried) inertias.set(k, { own: await gaps.inertia(k, population), references: [] });
      for (let i = 0; i < references; i++) {
        const reference = evenlySpread(values, population.shape[0], new Random(seed, i));
        try {
          for (const k of tried) {
            inertias.get(k)!.references.push(await gaps.inertia(k, reference, referenceStarts));
          }
        } finally {
          reference.dispose();
        }
        onProgress(i + 1, total);
      }
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

/** @throws UsageError for anything but a whole number of at least `least`. */
export function checkCount(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new UsageError({
    expected: `${name} to be a whole number of at least ${least}`,
    found: String(value),
  });
}

function checkOptions(from: number, to: number, criterion: Criterion, sample: number): void {
  checkCount('from', from, 2);
  checkCount('to', to, from);
  checkCount('sample', sample, 10);
  if (criteria.includes(criterion)) return;
  throw new UsageError({ expected: `criterion to be ${criteria.join(', ')}`, found: `"${criterion}"` });
}
