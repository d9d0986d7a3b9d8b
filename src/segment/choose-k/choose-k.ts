import type { Features } from '../batches.js';
import { KMeans } from '../kmeans.js';
import type { KMeansOptions } from '../kmeans-options.js';
import type { NamedInit } from '../named-inits.js';
import { type Choice, type ChoiceOptions, checkCount, chooseDivision } from './choose-division.js';

export interface ChooseKOptions extends Omit<KMeansOptions, 'k' | 'init'>, ChoiceOptions {
  init?: NamedInit;
  /** Populations without segments for the gap statistic. 10 where it decides, else none. */
  references?: number;
}

/** A number of segments, how it came about, and the k-means of that many. */
export interface ChosenK extends Choice {
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
  const { criterion = 'silhouette', seed = 0, features: names, signal } = options;
  const { references = criterion === 'gap' ? 10 : 0 } = options;
  checkCount('references', references, criterion === 'gap' ? 1 : 0);
  const { init, oversampling, rounds, batchSize, starts, maxIterations, tolerance, exchange } = options;
  const settings = { init, oversampling, rounds, batchSize, maxIterations, tolerance, exchange, seed };
  const fitted = (k: number, population: Features, fewer?: number) =>
    new KMeans({ ...settings, k, starts: fewer ?? starts }).fit(population, { features: names, signal });
  const { division, ...chosen } = await chooseDivision(x, options, {
    divide: k => fitted(k, x, k === 1 ? 1 : undefined),
    gaps: { references, inertia: async (k, some, fewer) => (await fitted(k, some, fewer)).inertia },
  });
  return { ...chosen, model: division };
}
