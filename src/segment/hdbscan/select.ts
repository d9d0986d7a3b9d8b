import type { CondensedTree } from './condense.js';

/**
 * Which clusters of a hierarchy to take: `excess-of-mass` those that last longest, counted over their customers;
 * `leaf` those that do not split any more, which are more and smaller.
 */
export type ClusterSelection = 'excess-of-mass' | 'leaf';

/** Numbers of the clusters taken, none of which is within another; never cluster 0, which is everybody. */
export function selectClusters(tree: CondensedTree, selection: ClusterSelection): number[] {
  const { parent } = tree;
  const clusters = parent.length;
  const isLeaf = new Uint8Array(clusters).fill(1);
  for (let cluster = 1; cluster < clusters; cluster++) isLeaf[parent[cluster]] = 0;
  if (selection === 'leaf') return [...isLeaf.keys()].filter(cluster => cluster > 0 && isLeaf[cluster]);

  const stability = stabilities(tree);
  const below = new Float64Array(clusters);
  const best = new Uint8Array(clusters);
  // Children have higher numbers than their parents.
  for (let cluster = clusters - 1; cluster > 0; cluster--) {
    best[cluster] = stability[cluster] >= below[cluster] ? 1 : 0;
    below[parent[cluster]] += Math.max(stability[cluster], below[cluster]);
  }
  const within = new Uint8Array(clusters);
  const taken: number[] = [];
  for (let cluster = 1; cluster < clusters; cluster++) {
    within[cluster] = within[parent[cluster]];
    if (within[cluster] || !best[cluster]) continue;
    within[cluster] = 1;
    taken.push(cluster);
  }
  return taken;
}

/** Of each cluster the sum over its customers of the densities through which they stay in it. */
function stabilities({ parent, birth, sizes, lastCluster, leaves }: CondensedTree): Float64Array {
  const stability = new Float64Array(parent.length);
  lastCluster.forEach((cluster, customer) => {
    stability[cluster] += leaves[customer] - birth[cluster];
  });
  for (let cluster = 1; cluster < parent.length; cluster++) {
    stability[parent[cluster]] += (birth[cluster] - birth[parent[cluster]]) * sizes[cluster];
  }
  return stability;
}
