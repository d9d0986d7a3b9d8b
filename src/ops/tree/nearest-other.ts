import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../../device/native/backend.js';
import { checkShapes } from '../check.js';
import { registerVersions, runKernel } from '../kernel.js';
import { fromBox, squaredDistance } from './distances.js';
import type { KdTree } from './kd-tree.js';
import { hostTree, nativeTree, type TreeTensors } from './tree-tensors.js';

interface NearestOtherInputs extends TreeTensors {
  coreNeighbours: tf.Tensor1D;
  groups: tf.Tensor1D;
  others: tf.Tensor1D;
  bounds: tf.Tensor1D;
}

/** What is known of the edges that leave groups of customers, each by place in the tree. */
export interface EdgesOut {
  /** int32 `[customers]`, somebody of another group, or -1, or somebody whose group has become the same. */
  others: tf.Tensor1D;
  /** `[customers]`: nobody of another group is nearer than this, squared. */
  bounds: tf.Tensor1D;
}

/**
 * A round of Borůvka's algorithm: looks for the shortest edge out of each group of customers. Among the `others`
 * of a group's customers who are of another group is then the end of a shortest edge; as groups merge, what is
 * known stays true, so that later rounds have little left to look for.
 *
 * The squared length of an edge is the squared distance, or that of either end from their core neighbour if
 * greater. Lengths are float64.
 *
 * @param coreNeighbours int32 `[customers]`, places; -1: that customer's edges may be as short as they are.
 * @param groups int32 `[customers]`, the place of one customer of the group.
 */
export function nearestOther(
  tree: TreeTensors,
  coreNeighbours: tf.Tensor1D,
  groups: tf.Tensor1D,
  { others, bounds }: EdgesOut,
): EdgesOut {
  checkShapes({
    points: [tree.points, 'nd'],
    coreNeighbours: [coreNeighbours, 'n'],
    groups: [groups, 'n'],
    others: [others, 'n'],
    bounds: [bounds, 'n'],
  });
  const inputs = { ...tree, coreNeighbours, groups, others, bounds };
  const [found, below] = runKernel<[tf.Tensor1D, tf.Tensor1D]>('NearestOther', inputs);
  return { others: found, bounds: below };
}

const oneFloat = new Float32Array(1);
const itsBits = new Int32Array(oneFloat.buffer);

/** The greatest float32 that is not above; of numbers of at least 0. */
export function roundedDown(value: number): number {
  oneFloat[0] = value;
  if (oneFloat[0] > value) itsBits[0]--;
  return oneFloat[0];
}

/** By place: the squared distance to the core neighbour. */
export function squaredCoreOf({ points, features }: KdTree, coreNeighbours: Int32Array): Float64Array {
  return Float64Array.from(coreNeighbours, (neighbour, place) =>
    neighbour < 0 ? 0 : squaredDistance(points, place * features, points, neighbour * features, features),
  );
}

function portable(inputs: NearestOtherInputs): tf.Tensor[] {
  const tree = hostTree(inputs);
  const groups = inputs.groups.dataSync<'int32'>();
  const others = inputs.others.dataSync<'int32'>().slice();
  const bounds = inputs.bounds.dataSync<'float32'>().slice();
  const squaredCore = squaredCoreOf(tree, inputs.coreNeighbours.dataSync<'int32'>());
  new Search(tree, groups, squaredCore).improve(others, bounds);
  return [tf.tensor1d(others, 'int32'), tf.tensor1d(bounds)];
}

class Search {
  /** `[nodes]`, the group if all customers of the node are in one, else -1. */
  readonly #nodeGroup: Int32Array;
  /** `[nodes]`, the least of the node's core distances. */
  readonly #nodeCore: Float64Array;
  #place = 0;
  #length = 0;
  #other = -1;

  constructor(
    readonly tree: KdTree,
    readonly groups: Int32Array,
    readonly squaredCore: Float64Array,
  ) {
    const { nodes, firstLeaf, from, to } = tree;
    this.#nodeGroup = new Int32Array(nodes);
    this.#nodeCore = new Float64Array(nodes);
    for (let node = nodes - 1; node >= 0; node--) {
      const left = 2 * node + 1;
      if (node < firstLeaf) {
        const same = this.#nodeGroup[left] === this.#nodeGroup[left + 1];
        this.#nodeGroup[node] = same ? this.#nodeGroup[left] : -1;
        this.#nodeCore[node] = Math.min(this.#nodeCore[left], this.#nodeCore[left + 1]);
        continue;
      }
      let group = from[node] < to[node] ? groups[from[node]] : -1;
      let least = Number.POSITIVE_INFINITY;
      for (let p = from[node]; p < to[node]; p++) {
        if (groups[p] !== group) group = -1;
        least = Math.min(least, squaredCore[p]);
      }
      this.#nodeGroup[node] = group;
      this.#nodeCore[node] = least;
    }
  }

  improve(others: Int32Array, bounds: Float32Array): void {
    const { tree, groups, squaredCore } = this;
    const { customers, points, features } = tree;
    const known = new Float64Array(customers).fill(Number.POSITIVE_INFINITY);
    const least = new Float64Array(customers).fill(Number.POSITIVE_INFINITY);
    for (let place = 0; place < customers; place++) {
      const other = others[place];
      if (other < 0 || groups[other] === groups[place]) continue;
      const distance = squaredDistance(points, place * features, points, other * features, features);
      known[place] = Math.max(distance, squaredCore[place], squaredCore[other]);
      least[groups[place]] = Math.min(least[groups[place]], known[place]);
    }
    for (let place = 0; place < customers; place++) {
      const group = groups[place];
      if (known[place] < Number.POSITIVE_INFINITY && roundedDown(known[place]) <= bounds[place]) continue;
      if (bounds[place] >= least[group]) continue;
      this.#place = place;
      this.#length = least[group];
      this.#other = -1;
      this.#visit(0, 0);
      bounds[place] = roundedDown(this.#length);
      if (this.#other < 0) continue;
      others[place] = this.#other;
      least[group] = this.#length;
    }
  }

  #visit(node: number, boxDistance: number): void {
    const { tree, groups, squaredCore } = this;
    const place = this.#place;
    if (this.#nodeGroup[node] === groups[place]) return;
    if (Math.max(boxDistance, this.#nodeCore[node], squaredCore[place]) >= this.#length) return;
    const { points, features, firstLeaf, from, to } = tree;
    const at = place * features;
    if (node >= firstLeaf) {
      for (let other = from[node]; other < to[node]; other++) {
        if (groups[other] === groups[place]) continue;
        const distance = squaredDistance(points, at, points, other * features, features);
        const length = Math.max(distance, squaredCore[place], squaredCore[other]);
        if (length >= this.#length) continue;
        this.#length = length;
        this.#other = other;
      }
      return;
    }
    const left = 2 * node + 1;
    const toLeft = fromBox(points, at, tree, left);
    const toRight = fromBox(points, at, tree, left + 1);
    if (toLeft <= toRight) {
      this.#visit(left, toLeft);
      this.#visit(left + 1, toRight);
    } else {
      this.#visit(left + 1, toRight);
      this.#visit(left, toLeft);
    }
  }
}

function native(inputs: NearestOtherInputs, _: object, backend: NativeBackend): tf.TensorInfo[] {
  const others = backend.integers(inputs.others).slice();
  const bounds = backend.floats(inputs.bounds).slice();
  backend.addon.nearestOther(
    nativeTree(inputs, backend),
    backend.integers(inputs.coreNeighbours),
    backend.integers(inputs.groups),
    others,
    bounds,
  );
  return [backend.output(others, others.length), backend.output(bounds, bounds.length)];
}

registerVersions<NearestOtherInputs, object>('NearestOther', { native, webgpu: 'host', portable });
