import { UsageError } from '../../errors.js';
import { sortIntoTree } from '../../ops/tree/index.js';
import { takeTurns } from '../../turns.js';
import { batchesOf, type Features } from '../batches.js';
import { rowsOf } from '../tree/rows.js';
import { SearchTree } from '../tree/search-tree.js';
import { neighbourhoodOf, spanningTree } from '../tree/spanning-tree.js';
import { linkCondensed } from './condensed.js';
import { type LinkageMethod, linkageMethods } from './linkage-methods.js';
import { type Merges, mergesOf } from './merges.js';
import { linkWard } from './ward.js';

export interface LinkageOptions {
  /** Default: ward, whose clusters are the most even. */
  method?: LinkageMethod;
  /**
   * `[customers]`, at least 1: how many customers each one stands for, for the micro-clusters of a larger
   * population. They count for `average` and `ward`.
   */
  weights?: ArrayLike<number>;
  /** Names of the features, for messages. */
  features?: readonly string[];
  onProgress?: (done: number, total: number) => void;
  /** Stops the search. */
  signal?: AbortSignal;
}

/** The whole hierarchy, from everybody alone to all in one. */
export interface Linkage extends Merges {
  method: LinkageMethod;
}

/**
 * Agglomerative hierarchical clustering under the Euclidean distance: merges the two clusters nearest to each
 * other until one is left. Heights are those of SciPy and of R's `hclust` (`ward.D2`).
 *
 * `single` and `ward` need the memory of the customers and search a k-d tree, so that they are fast for few
 * features; `complete` and `average` keep the distances of all pairs and take time in proportion to their number.
 * (D. Müllner, "Modern hierarchical, agglomerative clustering algorithms", arXiv 1109.2378, 2011.)
 *
 * @param x features of the customers, `[features, customers]`, whole or in batches.
 * @throws DataError for no customers and for NaN or infinite values.
 * @throws UsageError if the distances of all pairs are needed and too many to hold.
 */
export async function linkage(x: Features, options: LinkageOptions = {}): Promise<Linkage> {
  const { method = 'ward', onProgress = () => {}, signal } = options;
  if (!linkageMethods.includes(method)) {
    throw new UsageError({ expected: `method to be ${linkageMethods.join(', ')}`, found: `"${method}"` });
  }
  const batches = batchesOf(x);
  const { features, customers } = batches;
  const weights = checkedWeights(options.weights, customers);
  const { points } = await rowsOf(batches, 'euclidean', options.features);
  const turn = takeTurns(signal);
  if (method === 'single') {
    const search = new SearchTree(await sortIntoTree(points, features), turn);
    const { a, b, squaredLengths } = await neighbourhoodOf(search, 1)
      .then(neighbourhood => spanningTree(search, neighbourhood))
      .finally(() => search.dispose());
    return { method, ...mergesOf({ a, b, heights: squaredLengths.map(Math.sqrt) }, weights) };
  }
  const found =
    method === 'ward'
      ? await linkWard(points, features, weights, onProgress, turn)
      : await linkCondensed(points, features, method, weights, onProgress, turn);
  return { method, ...mergesOf(found, weights) };
}

function checkedWeights(weights: ArrayLike<number> | undefined, customers: number): Float64Array {
  if (!weights) return new Float64Array(customers).fill(1);
  if (weights.length !== customers) {
    throw new UsageError({ expected: `${customers} weights`, found: `${weights.length}` });
  }
  const wrong = Array.from(weights).find(weight => !(weight >= 1 && weight < Number.POSITIVE_INFINITY));
  if (wrong === undefined) return Float64Array.from(weights);
  throw new UsageError({ expected: 'weights of at least 1', found: `${wrong}` });
}
