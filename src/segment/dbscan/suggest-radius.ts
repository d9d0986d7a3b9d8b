import { DataError } from '../../errors.js';
import { sortIntoTree, squaredDistance } from '../../ops/tree/index.js';
import { Random } from '../../random.js';
import { takeTurns } from '../../turns.js';
import { batchesOf, type Features } from '../batches.js';
import { sampleOf } from '../candidates.js';
import { kneeOf } from '../knee.js';
import { distanceOf, rowsOf } from '../tree/rows.js';
import { SearchTree } from '../tree/search-tree.js';
import { checkMetric, checkMinPoints, type DensityMetric } from './options.js';

export interface SuggestRadiusOptions {
  /** As it will be given to DBSCAN. Default: 5. */
  minPoints?: number;
  /** Default: euclidean. */
  metric?: DensityMetric;
  /** Customers whose neighbours are looked for, among everybody. 10,000: more would not move the knee. */
  sample?: number;
  /** Of the choice of the sample. */
  seed?: number;
  signal?: AbortSignal;
}

export interface SuggestedRadius {
  /** The distance at the knee. */
  eps: number;
  /** Share of the sample that would be core with it. */
  coreShare: number;
  /** Distance to the `minPoints`-th nearest customer, themselves included, ascending. */
  distances: Float32Array;
}

/**
 * A radius for DBSCAN: where the sorted distances to the `minPoints`-th nearest customer turn from those within
 * clusters to those of noise, as the paper of DBSCAN proposes to read it from a plot. The knee is found by
 * {@link kneeOf}.
 *
 * @throws DataError if there are no more than `minPoints` customers or all are at the same place.
 */
export async function suggestRadius(
  x: Features,
  options: SuggestRadiusOptions = {},
): Promise<SuggestedRadius> {
  const { minPoints = 5, metric = 'euclidean', sample = 10_000, seed = 0, signal } = options;
  checkMetric(metric);
  checkMinPoints(minPoints);
  const batches = batchesOf(x);
  const { features } = batches;
  const { points } = await rowsOf(batches, metric);
  const customers = points.length / features;
  if (customers <= minPoints) {
    throw new DataError({
      expected: `more than ${minPoints} customers`,
      found: `${customers}`,
      hint: 'Give more customers, or take fewer for a dense place (in a configuration minimumPoints).',
    });
  }
  const chosen = sampleOf(customers, sample, new Random(seed));
  const asked = new Float32Array(chosen.length * features);
  chosen.forEach((row, i) => {
    asked.set(points.subarray(row * features, (row + 1) * features), i * features);
  });
  const search = new SearchTree(await sortIntoTree(points, features), takeTurns(signal));
  const places = await search.nearestNeighbours(asked, minPoints).finally(() => search.dispose());
  const distances = new Float32Array(chosen.length);
  for (let i = 0; i < chosen.length; i++) {
    const place = places[(i + 1) * minPoints - 1];
    const squared = squaredDistance(asked, i * features, search.tree.points, place * features, features);
    distances[i] = distanceOf(squared, metric);
  }
  distances.sort();
  const ranks = Float64Array.from(distances.keys());
  const knee = kneeOf(ranks, distances, 'below');
  // Where most customers repeat each other, the first distance above 0.
  const eps = distances[knee] > 0 ? distances[knee] : distances.find(distance => distance > 0);
  if (eps === undefined) {
    throw new DataError({
      expected: 'customers at different places',
      found: `${minPoints} at the same place wherever one looks`,
      hint: 'Give features in which the customers differ more.',
    });
  }
  return {
    eps,
    coreShare: distances.filter(distance => distance <= eps).length / distances.length,
    distances,
  };
}
