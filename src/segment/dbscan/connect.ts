import {
  acrossBoxes,
  betweenBoxes,
  countMarked,
  fromBox,
  type KdTree,
  squaredDistance,
} from '../../ops/tree/index.js';
import { Components } from '../tree/components.js';

/**
 * Joins all core customers that are within the radius of each other. Two boxes are compared only while they may
 * still bring something new: not once all their core customers belong together.
 */
export class Connector {
  readonly components: Components;
  /** `[nodes]`, core customers of each node. */
  readonly coreCounts: Int32Array;
  /** `[nodes]`, place of a node's first core customer, once all of them are known to belong together; else -1. */
  readonly #together: Int32Array;

  constructor(
    readonly tree: KdTree,
    readonly core: Int32Array,
    readonly squaredRadius: number,
  ) {
    this.components = new Components(tree.customers);
    this.coreCounts = countMarked(tree, core);
    this.#together = new Int32Array(tree.nodes).fill(-1);
  }

  async connect(turn: () => Promise<void>): Promise<Components> {
    const { firstLeaf, nodes } = this.tree;
    for (let node = nodes - 1; node >= 0; node--) {
      if (this.coreCounts[node] === 0) continue;
      await turn();
      if (acrossBoxes(this.tree, node, node) <= this.squaredRadius) this.#uniteAll(node);
      else if (node >= firstLeaf) this.#uniteLeaves(node, node);
      else this.#compare(2 * node + 1, 2 * node + 2);
      this.#representative(node);
    }
    return this.components;
  }

  #compare(a: number, b: number): void {
    const { tree, coreCounts, squaredRadius } = this;
    if (coreCounts[a] === 0 || coreCounts[b] === 0) return;
    const [oneA, oneB] = [this.#representative(a), this.#representative(b)];
    if (oneA >= 0 && oneB >= 0 && this.components.find(oneA) === this.components.find(oneB)) return;
    if (betweenBoxes(tree, a, b) > squaredRadius) return;
    if (acrossBoxes(tree, a, b) <= squaredRadius) {
      this.components.unite(this.#uniteAll(a), this.#uniteAll(b));
      return;
    }
    const [leafA, leafB] = [a >= tree.firstLeaf, b >= tree.firstLeaf];
    if (leafA && leafB) this.#uniteLeaves(a, b);
    else if (leafB || (!leafA && tree.to[a] - tree.from[a] >= tree.to[b] - tree.from[b])) {
      this.#compare(2 * a + 1, b);
      this.#compare(2 * a + 2, b);
    } else {
      this.#compare(a, 2 * b + 1);
      this.#compare(a, 2 * b + 2);
    }
  }

  /** A core customer's place if all core customers of the node are known to belong together, else -1. */
  #representative(node: number): number {
    const known = this.#together[node];
    if (known >= 0) return known;
    const { tree, coreCounts, components } = this;
    if (node >= tree.firstLeaf) {
      let first = -1;
      for (let place = tree.from[node]; place < tree.to[node]; place++) {
        if (!this.core[place]) continue;
        if (first < 0) first = place;
        else if (components.find(place) !== components.find(first)) return -1;
      }
      this.#together[node] = first;
      return first;
    }
    const [left, right] = [2 * node + 1, 2 * node + 2];
    const oneLeft = coreCounts[left] > 0 ? this.#together[left] : -2;
    const oneRight = coreCounts[right] > 0 ? this.#together[right] : -2;
    if (oneLeft === -1 || oneRight === -1) return -1;
    if (oneLeft >= 0 && oneRight >= 0 && components.find(oneLeft) !== components.find(oneRight)) return -1;
    this.#together[node] = Math.max(oneLeft, oneRight);
    return this.#together[node];
  }

  /** Joins all core customers of a node that are in each other's reach anyway; returns the place of one. */
  #uniteAll(node: number): number {
    const known = this.#together[node];
    if (known >= 0) return known;
    const { tree, core, components } = this;
    let first = -1;
    for (let place = tree.from[node]; place < tree.to[node]; place++) {
      if (!core[place]) continue;
      if (first < 0) first = place;
      else components.unite(first, place);
    }
    this.#together[node] = first;
    return first;
  }

  #uniteLeaves(a: number, b: number): void {
    const { tree, core, components, squaredRadius } = this;
    const { points, features, from, to } = tree;
    for (let one = from[a]; one < to[a]; one++) {
      if (!core[one] || fromBox(points, one * features, tree, b) > squaredRadius) continue;
      for (let other = a === b ? one + 1 : from[b]; other < to[b]; other++) {
        if (!core[other] || components.find(one) === components.find(other)) continue;
        if (squaredDistance(points, one * features, points, other * features, features) <= squaredRadius) {
          components.unite(one, other);
        }
      }
    }
  }
}
