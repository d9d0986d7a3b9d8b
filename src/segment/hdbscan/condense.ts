import type { Merges } from '../hierarchical/merges.js';

/**
 * A hierarchy in which only clusters of enough customers count. Cluster 0 holds everybody; a cluster lives from
 * the density (1 / distance) at which it splits off until it splits itself or has lost its customers one by one.
 */
export interface CondensedTree {
  /** `[clusters]`, the cluster each one split off from, always of a lower number; -1 for cluster 0. */
  parent: Int32Array;
  /** `[clusters]`, the density at which it split off. */
  birth: Float64Array;
  /** `[clusters]`, customers at its birth. */
  sizes: Int32Array;
  /** `[clusters]`, the greatest density at which it loses a customer or splits. */
  death: Float64Array;
  /** `[customers]`, the last cluster that each customer is in, and the density at which they leave it. */
  lastCluster: Int32Array;
  leaves: Float64Array;
}

/** @param minClusterSize customers that make a cluster of a branch. */
export function condense(merges: Merges, minClusterSize: number): CondensedTree {
  const { customers, left, right, heights } = merges;
  const density = densityOf(heights);
  const sizeOf = (node: number) => (node < customers ? 1 : merges.sizes[node - customers]);
  const [parent, birth, sizes, death]: number[][] = [[-1], [0], [customers], [0]];
  const lastCluster = new Int32Array(customers);
  const leaves = new Float64Array(customers);

  const fallOut = (branch: number, cluster: number, at: number) => {
    const open = [branch];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (node >= customers) {
        open.push(left[node - customers], right[node - customers]);
        continue;
      }
      lastCluster[node] = cluster;
      leaves[node] = at;
    }
  };

  const open: [node: number, cluster: number][] = customers > 1 ? [[2 * customers - 2, 0]] : [];
  for (let next = open.pop(); next; next = open.pop()) {
    const [node, cluster] = next;
    const branches = branchesOf(merges, node);
    const at = density(heights[node - customers]);
    death[cluster] = Math.max(death[cluster], at);
    const large = branches.filter(branch => sizeOf(branch) >= minClusterSize);
    for (const branch of branches) {
      if (sizeOf(branch) < minClusterSize) {
        fallOut(branch, cluster, at);
      } else if (large.length === 1) {
        open.push([branch, cluster]);
      } else {
        open.push([branch, parent.length]);
        parent.push(cluster);
        birth.push(at);
        sizes.push(sizeOf(branch));
        death.push(at);
      }
    }
  }
  return {
    parent: Int32Array.from(parent),
    birth: Float64Array.from(birth),
    sizes: Int32Array.from(sizes),
    death: Float64Array.from(death),
    lastCluster,
    leaves,
  };
}

/**
 * What a node splits into. Many distances are equal, being the core distance of one customer; mergers at the same
 * height are one split, so that the outcome does not hang on the order of the customers.
 */
function branchesOf({ customers, left, right, heights }: Merges, node: number): number[] {
  const height = heights[node - customers];
  const branches: number[] = [];
  const open = [node];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at >= customers && heights[at - customers] === height) {
      open.push(left[at - customers], right[at - customers]);
    } else branches.push(at);
  }
  return branches;
}

/** Customers at the same place count as near as the nearest two at different places. */
function densityOf(heights: Float64Array): (height: number) => number {
  const least = heights.find(height => height > 0) ?? 1;
  return height => 1 / Math.max(height, least);
}
