import { Components } from '../../ops/tree/index.js';

/** Mergers by any customer of either side, in the order in which they were found. */
export interface FoundMerges {
  a: Int32Array;
  b: Int32Array;
  heights: Float64Array;
}

/**
 * All mergers, ascending by height. Clusters below `customers` are single customers, cluster `customers` + i is
 * the result of merger i.
 */
export interface Merges {
  customers: number;
  /** `[customers - 1]`, the two merged clusters, the lower number first. */
  left: Int32Array;
  right: Int32Array;
  /** `[customers - 1]`, their distance. */
  heights: Float64Array;
  /** `[customers - 1]`, customers of the result; with weights, their sum. */
  sizes: Float64Array;
}

/** Sorts mergers by height and numbers the clusters. */
export function mergesOf({ a, b, heights }: FoundMerges, weights: Float64Array): Merges {
  const customers = weights.length;
  // Sorting keeps the order of equals: a cluster is made before it is merged.
  const order = Int32Array.from(heights.keys()).sort((i, j) => heights[i] - heights[j]);
  const components = new Components(customers);
  /** By the group's name: number and size of the cluster. */
  const cluster = Int32Array.from({ length: customers }, (_, i) => i);
  const size = weights.slice();
  const merges: Merges = {
    customers,
    left: new Int32Array(order.length),
    right: new Int32Array(order.length),
    heights: Float64Array.from(order, i => heights[i]),
    sizes: new Float64Array(order.length),
  };
  order.forEach((found, i) => {
    const one = components.find(a[found]);
    const other = components.find(b[found]);
    merges.left[i] = Math.min(cluster[one], cluster[other]);
    merges.right[i] = Math.max(cluster[one], cluster[other]);
    merges.sizes[i] = size[one] + size[other];
    components.unite(one, other);
    const merged = components.find(one);
    cluster[merged] = customers + i;
    size[merged] = merges.sizes[i];
  });
  return merges;
}

/** The linkage matrix as SciPy has it: rows of left, right, height, size. */
export function linkageMatrix({ left, right, heights, sizes }: Merges): number[][] {
  return Array.from(left, (cluster, i) => [cluster, right[i], heights[i], sizes[i]]);
}
