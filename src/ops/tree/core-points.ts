import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../../device/native/backend.js';
import { registerVersions, runKernel } from '../kernel.js';
import { acrossBoxes, betweenBoxes, fromBox } from './distances.js';
import { type KdTree, leafSize } from './kd-tree.js';
import { hostTree, nativeTree, type TreeTensors } from './tree-tensors.js';

export interface CorePointsOptions {
  squaredRadius: number;
  /** Customers within the radius, themselves included, that make one core. */
  minPoints: number;
}

interface CorePointsAttributes extends CorePointsOptions {
  [name: string]: number;
  /** Leaves, counted from the first one. */
  from: number;
  to: number;
}

/**
 * Of the customers of the leaves `from` (inclusive) to `to` (exclusive), counted from the first leaf, who has at
 * least `minPoints` customers within the radius, as int32 flags by place. Distances are float64: every device
 * gives the same flags. Counting ends as soon as there are enough.
 */
export function corePoints(
  tree: TreeTensors,
  { squaredRadius, minPoints }: CorePointsOptions,
  from: number,
  to: number,
): tf.Tensor1D {
  const attributes: CorePointsAttributes = { squaredRadius, minPoints, from, to };
  return runKernel<[tf.Tensor1D]>('CorePoints', { ...tree }, attributes)[0];
}

function portable(
  inputs: TreeTensors,
  { squaredRadius, minPoints, from, to }: CorePointsAttributes,
): tf.Tensor[] {
  const tree = hostTree(inputs);
  const counter = new LeafCounter(tree, squaredRadius, minPoints);
  const start = tree.from[tree.firstLeaf + from];
  const core = new Int32Array(tree.to[tree.firstLeaf + to - 1] - start);
  for (let leaf = tree.firstLeaf + from; leaf < tree.firstLeaf + to; leaf++) {
    const [first, last] = [tree.from[leaf], tree.to[leaf]];
    if (counter.isCrowded(leaf)) {
      core.fill(1, first - start, last - start);
      continue;
    }
    const counts = counter.count(leaf);
    for (let place = first; place < last; place++)
      core[place - start] = counts[place - first] >= minPoints ? 1 : 0;
  }
  return [tf.tensor1d(core, 'int32')];
}

function native(
  inputs: TreeTensors,
  { squaredRadius, minPoints, from, to }: CorePointsAttributes,
  backend: NativeBackend,
): tf.TensorInfo[] {
  const core = new Int32Array(Math.min(inputs.points.shape[0], leafSize * (to - from)));
  const count = backend.addon.corePoints(
    nativeTree(inputs, backend),
    squaredRadius,
    minPoints,
    from,
    to,
    core,
  );
  return [backend.output(core.slice(0, count), count)];
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

registerVersions<TreeTensors, CorePointsAttributes>('CorePoints', { native, webgpu: 'host', portable });
