import { acrossBoxes, betweenBoxes, fromBox } from '../tree/distances.js';
import { type KdTree, leafSize } from '../tree/kd-tree.js';

/**
 * Flags, by place in the tree, of those who have at least `minPoints` customers, themselves included, within the
 * radius. Counting ends as soon as there are enough.
 */
export async function findCorePoints(
  tree: KdTree,
  squaredRadius: number,
  minPoints: number,
  turn: () => Promise<void>,
): Promise<Uint8Array> {
  const core = new Uint8Array(tree.customers);
  if (tree.customers === 0) return core;
  const counter = new LeafCounter(tree, squaredRadius, minPoints);
  for (let leaf = tree.firstLeaf; leaf < tree.nodes; leaf++) {
    const from = tree.from[leaf];
    const to = tree.to[leaf];
    if (counter.isCrowded(leaf)) {
      core.fill(1, from, to);
      continue;
    }
    await turn();
    const counts = counter.count(leaf);
    for (let place = from; place < to; place++) core[place] = counts[place - from] >= minPoints ? 1 : 0;
  }
  return core;
}

/** Counts the neighbours of the customers of one leaf at a time. */
class LeafCounter {
  /** `[nodes]`, 1 where the box is no wider than the radius: everybody in it is everybody's neighbour. */
  readonly #narrow: Uint8Array;
  /** `[nodes]`, 1 where a narrow box around the node has enough customers for all of them to be core. */
  readonly #crowded: Uint8Array;
  readonly #counts = new Int32Array(leafSize);

  constructor(
    readonly tree: KdTree,
    readonly squaredRadius: number,
    readonly minPoints: number,
  ) {
    const { nodes, from, to } = tree;
    this.#narrow = new Uint8Array(nodes);
    this.#crowded = new Uint8Array(nodes);
    for (let node = 0; node < nodes; node++) {
      if (acrossBoxes(tree, node, node) <= squaredRadius) this.#narrow[node] = 1;
      const enough = this.#narrow[node] && to[node] - from[node] >= minPoints;
      if (enough || (node > 0 && this.#crowded[(node - 1) >> 1])) this.#crowded[node] = 1;
    }
  }

  isCrowded(leaf: number): boolean {
    return this.#crowded[leaf] === 1;
  }

  /** Begins with the leaf itself and goes on to ever greater boxes around it, until all have enough. */
  count(leaf: number): Int32Array {
    this.#counts.fill(0);
    this.#countWithin(leaf, leaf);
    for (let node = leaf; node > 0 && !this.#allReached(leaf); node = (node - 1) >> 1) {
      this.#countWithin(leaf, node % 2 === 1 ? node + 1 : node - 1);
    }
    return this.#counts;
  }

  #allReached(leaf: number): boolean {
    const length = this.tree.to[leaf] - this.tree.from[leaf];
    for (let i = 0; i < length; i++) if (this.#counts[i] < this.minPoints) return false;
    return true;
  }

  #countWithin(leaf: number, node: number): void {
    const tree = this.tree;
    if (betweenBoxes(tree, leaf, node) > this.squaredRadius) return;
    const mayAllCount = this.#narrow[node] === 1 && this.#narrow[leaf] === 1;
    if (mayAllCount && acrossBoxes(tree, leaf, node) <= this.squaredRadius) {
      const size = tree.to[node] - tree.from[node];
      const length = tree.to[leaf] - tree.from[leaf];
      for (let i = 0; i < length; i++) this.#counts[i] += size;
    } else if (node < tree.firstLeaf) {
      this.#countWithin(leaf, 2 * node + 1);
      this.#countWithin(leaf, 2 * node + 2);
    } else this.#countPairs(leaf, node);
  }

  #countPairs(leaf: number, node: number): void {
    const { tree, squaredRadius, minPoints } = this;
    const counts = this.#counts;
    const points = tree.points;
    const features = tree.features;
    const first = tree.from[leaf];
    const last = tree.to[leaf];
    const start = tree.from[node] * features;
    const end = tree.to[node] * features;
    for (let place = first; place < last; place++) {
      let count = counts[place - first];
      const at = place * features;
      if (count >= minPoints || fromBox(points, at, tree, node) > squaredRadius) continue;
      // Not a call: this is the innermost loop of all.
      for (let other = start; other < end; other += features) {
        let sum = 0;
        for (let f = 0; f < features; f++) {
          const difference = points[at + f] - points[other + f];
          sum += difference * difference;
        }
        if (sum <= squaredRadius) count++;
      }
      counts[place - first] = count;
    }
  }
}
