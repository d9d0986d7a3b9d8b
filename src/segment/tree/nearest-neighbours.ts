import { fromBox, squaredDistance } from './distances.js';
import type { KdTree } from './kd-tree.js';

/** The nearest customers of one after the other, kept in arrays that every query uses again. */
export class NeighbourSearch {
  /** Squared distances of the nearest, ascending. */
  readonly squaredDistances: Float64Array;
  /** Their places in the tree. */
  readonly places: Int32Array;
  /** How many were found: `count`, or everybody. */
  found = 0;
  #point: Float32Array = new Float32Array();
  #at = 0;

  constructor(
    readonly tree: KdTree,
    readonly count: number,
  ) {
    this.squaredDistances = new Float64Array(count);
    this.places = new Int32Array(count);
  }

  /** Finds those nearest to a point, itself included where it is one of the tree's. */
  search(point: Float32Array, at: number): void {
    this.#point = point;
    this.#at = at;
    this.found = 0;
    this.#visit(0, 0);
  }

  get #reach(): number {
    return this.found < this.count ? Number.POSITIVE_INFINITY : this.squaredDistances[this.count - 1];
  }

  #visit(node: number, boxDistance: number): void {
    if (boxDistance >= this.#reach) return;
    const { tree } = this;
    if (node >= tree.firstLeaf) {
      const { points, features } = tree;
      for (let place = tree.from[node]; place < tree.to[node]; place++) {
        const distance = squaredDistance(this.#point, this.#at, points, place * features, features);
        if (distance < this.#reach) this.#insert(place, distance);
      }
      return;
    }
    const left = 2 * node + 1;
    const toLeft = fromBox(this.#point, this.#at, tree, left);
    const toRight = fromBox(this.#point, this.#at, tree, left + 1);
    if (toLeft <= toRight) {
      this.#visit(left, toLeft);
      this.#visit(left + 1, toRight);
    } else {
      this.#visit(left + 1, toRight);
      this.#visit(left, toLeft);
    }
  }

  #insert(place: number, distance: number): void {
    const { squaredDistances, places } = this;
    let at = this.found < this.count ? this.found++ : this.count - 1;
    for (; at > 0 && squaredDistances[at - 1] > distance; at--) {
      squaredDistances[at] = squaredDistances[at - 1];
      places[at] = places[at - 1];
    }
    squaredDistances[at] = distance;
    places[at] = place;
  }
}
