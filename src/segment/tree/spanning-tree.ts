import { Components } from './components.js';
import { fromBox, squaredDistance } from './distances.js';
import type { KdTree } from './kd-tree.js';

/** Edges of a tree that connects all customers, ascending by length. */
export interface SpanningTree {
  /** `[customers - 1]`, customers. */
  a: Int32Array;
  b: Int32Array;
  /** `[customers - 1]`, squared lengths. */
  squaredLengths: Float64Array;
}

/**
 * The minimum spanning tree of all customers: in rounds, every group of customers joined so far is joined with
 * the one nearest to it, found in the k-d tree. Memory is that of the customers. (O. Borůvka 1926; in trees:
 * W. B. March, P. Ram and A. G. Gray, "Fast Euclidean minimum spanning tree", KDD 2010.)
 *
 * @param squaredCore `[customers]` by place: no edge of a customer is shorter than this, squared (the core
 * distances of HDBSCAN). Default: 0.
 */
export async function spanningTree(
  tree: KdTree,
  turn: () => Promise<void>,
  squaredCore: Float64Array = new Float64Array(tree.customers),
): Promise<SpanningTree> {
  return new Boruvka(tree, squaredCore).run(turn);
}

class Boruvka {
  readonly #components: Components;
  /** `[customers]` by place, the group of each in this round. */
  readonly #group: Int32Array;
  /** `[nodes]`, the group if all customers of the node are in one, else -1. */
  readonly #nodeGroup: Int32Array;
  /** `[nodes]`, the least of the node's core distances. */
  readonly #nodeCore: Float64Array;
  /** By group: the shortest edge out of it that is known in this round. */
  readonly #length: Float64Array;
  readonly #inside: Int32Array;
  readonly #outside: Int32Array;

  constructor(
    readonly tree: KdTree,
    readonly squaredCore: Float64Array,
  ) {
    const { customers, nodes } = tree;
    this.#components = new Components(customers);
    this.#group = new Int32Array(customers);
    this.#nodeGroup = new Int32Array(nodes);
    this.#nodeCore = new Float64Array(nodes);
    this.#length = new Float64Array(customers);
    this.#inside = new Int32Array(customers);
    this.#outside = new Int32Array(customers);
    for (let node = nodes - 1; node >= 0; node--) {
      const [left, right] = [2 * node + 1, 2 * node + 2];
      if (node < tree.firstLeaf) {
        this.#nodeCore[node] = Math.min(this.#nodeCore[left], this.#nodeCore[right]);
        continue;
      }
      let least = Number.POSITIVE_INFINITY;
      for (let p = tree.from[node]; p < tree.to[node]; p++) least = Math.min(least, squaredCore[p]);
      this.#nodeCore[node] = least;
    }
  }

  async run(turn: () => Promise<void>): Promise<SpanningTree> {
    const { customers, order, points, features } = this.tree;
    const edges = Math.max(0, customers - 1);
    const [a, b, lengths] = [new Int32Array(edges), new Int32Array(edges), new Float64Array(edges)];
    let found = 0;
    while (found < edges) {
      this.#beginRound();
      for (let place = 0; place < customers; place++) {
        const group = this.#group[place];
        if (this.squaredCore[place] >= this.#length[group]) continue;
        if ((place & 255) === 0) await turn();
        this.#visit(0, 0, points, place, place * features, group);
      }
      for (let place = 0; place < customers; place++) {
        if (this.#group[place] !== place) continue;
        const [one, other] = [this.#inside[place], this.#outside[place]];
        if (!this.#components.unite(one, other)) continue;
        a[found] = Math.min(order[one], order[other]);
        b[found] = Math.max(order[one], order[other]);
        lengths[found++] = this.#length[place];
      }
    }
    return ascending(a, b, lengths);
  }

  #beginRound(): void {
    const { customers, nodes, firstLeaf, from, to } = this.tree;
    for (let place = 0; place < customers; place++) this.#group[place] = this.#components.find(place);
    this.#length.fill(Number.POSITIVE_INFINITY);
    for (let node = nodes - 1; node >= 0; node--) {
      if (node < firstLeaf) {
        const left = this.#nodeGroup[2 * node + 1];
        this.#nodeGroup[node] = left === this.#nodeGroup[2 * node + 2] ? left : -1;
        continue;
      }
      let group = from[node] < to[node] ? this.#group[from[node]] : -1;
      for (let p = from[node]; p < to[node]; p++) if (this.#group[p] !== group) group = -1;
      this.#nodeGroup[node] = group;
    }
  }

  #visit(
    node: number,
    boxDistance: number,
    points: Float32Array,
    place: number,
    at: number,
    group: number,
  ): void {
    const { tree, squaredCore } = this;
    if (this.#nodeGroup[node] === group) return;
    if (boxDistance >= this.#length[group] || this.#nodeCore[node] >= this.#length[group]) return;
    if (node >= tree.firstLeaf) {
      const features = tree.features;
      for (let other = tree.from[node]; other < tree.to[node]; other++) {
        if (this.#group[other] === group) continue;
        const distance = squaredDistance(points, at, points, other * features, features);
        const length = Math.max(distance, squaredCore[place], squaredCore[other]);
        if (length >= this.#length[group]) continue;
        this.#length[group] = length;
        this.#inside[group] = place;
        this.#outside[group] = other;
      }
      return;
    }
    const left = 2 * node + 1;
    const toLeft = fromBox(points, at, tree, left);
    const toRight = fromBox(points, at, tree, left + 1);
    if (toLeft <= toRight) {
      this.#visit(left, toLeft, points, place, at, group);
      this.#visit(left + 1, toRight, points, place, at, group);
    } else {
      this.#visit(left + 1, toRight, points, place, at, group);
      this.#visit(left, toLeft, points, place, at, group);
    }
  }
}

function ascending(a: Int32Array, b: Int32Array, squaredLengths: Float64Array): SpanningTree {
  const by = Int32Array.from(a.keys()).sort(
    (i, j) => squaredLengths[i] - squaredLengths[j] || a[i] - a[j] || b[i] - b[j],
  );
  return {
    a: by.map(i => a[i]),
    b: by.map(i => b[i]),
    squaredLengths: Float64Array.from(by, i => squaredLengths[i]),
  };
}
