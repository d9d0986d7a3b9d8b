import type { CondensedTree } from './condense.js';

/**
 * How strongly each customer belongs to each of some clusters: the density up to which customer and cluster are
 * connected, as a share of the greatest density of the cluster. 1 at the heart of a cluster, near 0 where only
 * sparse customers lie between.
 *
 * @returns `[clusters, customers]`
 */
export function membershipsOf(tree: CondensedTree, clusters: readonly number[]): Float32Array {
  const { death, lastCluster, leaves } = tree;
  const customers = leaves.length;
  const memberships = new Float32Array(clusters.length * customers);
  clusters.forEach((cluster, row) => {
    const shared = sharedDensity(tree, cluster);
    const most = death[cluster];
    for (let i = 0; i < customers; i++) {
      memberships[row * customers + i] = Math.min(leaves[i], shared[lastCluster[i]], most) / most;
    }
  });
  return memberships;
}

/** `[clusters]`, the density up to which each other cluster and this one are one; infinite within it and above. */
function sharedDensity({ parent, birth }: CondensedTree, cluster: number): Float64Array {
  const above = new Uint8Array(parent.length);
  for (let at = cluster; at >= 0; at = parent[at]) above[at] = 1;
  const shared = new Float64Array(parent.length).fill(Number.POSITIVE_INFINITY);
  for (let other = 1; other < parent.length; other++) {
    if (above[other]) continue;
    const from = parent[other];
    // Below the cluster itself it is still the cluster; beside its path the two have split.
    shared[other] = above[from] && from !== cluster ? birth[other] : shared[from];
  }
  return shared;
}
