import { UsageError } from '../../errors.js';
import { Components } from '../../ops/tree/index.js';
import { numberClusters } from '../number-clusters.js';
import type { Merges } from './merges.js';

/** Either so many clusters, or those that are farther apart than a height. */
export type Cut = { k: number } | { height: number };

export interface CutClusters {
  /** `[customers]`; clusters are numbered by size, the largest is 0. */
  labels: Int32Array;
  /** Customers of each cluster. */
  sizes: number[];
}

/**
 * The clusters at one level of the hierarchy. By height, two customers share a cluster if their mergers up to
 * that height, inclusive, bring them together.
 *
 * @throws UsageError for a k that is not from 1 to the number of customers, and for a height below 0.
 */
export function cutTree(merges: Merges, cut: Cut): CutClusters {
  const { customers } = merges;
  const count = mergersBelow(merges, cut);
  const components = new Components(customers);
  /** By cluster number: one of its customers. */
  const member = new Int32Array(customers + count);
  for (let i = 0; i < customers; i++) member[i] = i;
  for (let i = 0; i < count; i++) {
    member[customers + i] = member[merges.left[i]];
    components.unite(member[merges.left[i]], member[merges.right[i]]);
  }
  return numberClusters(Int32Array.from({ length: customers }, (_, i) => components.find(i)));
}

function mergersBelow({ customers, heights }: Merges, cut: Cut): number {
  if ('k' in cut) {
    if (Number.isSafeInteger(cut.k) && cut.k >= 1 && cut.k <= customers) return customers - cut.k;
    throw new UsageError({ expected: `k to be a whole number from 1 to ${customers}`, found: `${cut.k}` });
  }
  if (!(cut.height >= 0)) throw new UsageError({ expected: 'height of at least 0', found: `${cut.height}` });
  const above = heights.findIndex(height => height > cut.height);
  return above < 0 ? heights.length : above;
}
