import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../../device/native/backend.js';
import { checkShapes } from '../check.js';
import { registerVersions, runKernel } from '../kernel.js';
import { Components } from './components.js';
import { acrossBoxes, betweenBoxes, fromBox, squaredDistance } from './distances.js';
import { countMarked, type KdTree } from './kd-tree.js';
import { hostTree, nativeTree, type TreeTensors } from './tree-tensors.js';

interface ConnectMarkedInputs extends TreeTensors {
  /** int32 `[customers]` by place, not 0 for those who count. */
  marks: tf.Tensor1D;
}

type ConnectMarkedAttributes = { squaredRadius: number };

/**
 * The groups of marked customers that are linked by pairs within the radius: int32 `[customers]` by place, the
 * first place of the group, -1 for those who are not marked. Distances are float64.
 *
 * @param marks int32 `[customers]` by place, 1 or 0.
 */
export function connectMarked(tree: TreeTensors, marks: tf.Tensor1D, squaredRadius: number): tf.Tensor1D {
  checkShapes({ points: [tree.points, 'nd'], marks: [marks, 'n'] });
  return runKernel<[tf.Tensor1D]>('ConnectMarked', { ...tree, marks }, { squaredRadius })[0];
}

function portable(inputs: ConnectMarkedInputs, { squaredRadius }: ConnectMarkedAttributes): tf.Tensor[] {
  const marks = inputs.marks.dataSync<'int32'>();
  const components = new Connector(hostTree(inputs), marks, squaredRadius).connect();
  return [
    tf.tensor1d(
      marks.map((mark, place) => (mark ? components.find(place) : -1)),
      'int32',
    ),
  ];
}

function native(
  inputs: ConnectMarkedInputs,
  { squaredRadius }: ConnectMarkedAttributes,
  backend: NativeBackend,
): tf.TensorInfo[] {
  const groups = new Int32Array(inputs.points.shape[0]);
  backend.addon.connectMarked(
    nativeTree(inputs, backend),
    backend.integers(inputs.marks),
    squaredRadius,
    groups,
  );
  return [backend.output(groups, groups.length)];
}

/** Two boxes are compared only while they may still bring something new: not once all of them belong together. */
class Connector {
  readonly components: Components;
  /** `[nodes]`, marked customers of each node. */
  readonly counts: Int32Array;
  /** `[nodes]`, place of a node's first marked customer, once all of them are known to belong together; else -1. */
  readonly #together: Int32Array;

  constructor(
    readonly tree: KdTree,
    readonly marks: Int32Array,
    readonly squaredRadius: number,
  ) {
    this.components = new Components(tree.customers);
    this.counts = countMarked(tree, marks);
    this.#together = new Int32Array(tree.nodes).fill(-1);
  }

  connect(): Components {
    const { firstLeaf, nodes } = this.tree;
    for (let node = nodes - 1; node >= 0; node--) {
      if (this.counts[node] === 0) continue;
      if (acrossBoxes(this.tree, node, node) <= this.squaredRadius) this.#uniteAll(node);
      else if (node >= firstLeaf) this.#uniteLeaves(node, node);
      else this.#compare(2 * node + 1, 2 * node + 2);
      this.#representative(node);
    }
    return this.components;
  }

  #compare(a: number, b: number): void {
    const { tree, counts, squaredRadius } = this;
    if (counts[a] === 0 || counts[b] === 0) return;
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

  /** A marked customer's place if all marked customers of the node are known to belong together, else -1. */
  #representative(node: number): number {
    const known = this.#together[node];
    if (known >= 0) return known;
    const { tree, counts, components } = this;
    if (node >= tree.firstLeaf) {
      let first = -1;
      for (let place = tree.from[node]; place < tree.to[node]; place++) {
        if (!this.marks[place]) continue;
        if (first < 0) first = place;
        else if (components.find(place) !== components.find(first)) return -1;
      }
      this.#together[node] = first;
      return first;
    }
    const [left, right] = [2 * node + 1, 2 * node + 2];
    const oneLeft = counts[left] > 0 ? this.#together[left] : -2;
    const oneRight = counts[right] > 0 ? this.#together[right] : -2;
    if (oneLeft === -1 || oneRight === -1) return -1;
    if (oneLeft >= 0 && oneRight >= 0 && components.find(oneLeft) !== components.find(oneRight)) return -1;
    this.#together[node] = Math.max(oneLeft, oneRight);
    return this.#together[node];
  }

  /** Joins all marked customers of a node that are in each other's reach anyway; returns the place of one. */
  #uniteAll(node: number): number {
    const known = this.#together[node];
    if (known >= 0) return known;
    const { tree, marks, components } = this;
    let first = -1;
    for (let place = tree.from[node]; place < tree.to[node]; place++) {
      if (!marks[place]) continue;
      if (first < 0) first = place;
      else components.unite(first, place);
    }
    this.#together[node] = first;
    return first;
  }

  #uniteLeaves(a: number, b: number): void {
    const { tree, marks, components, squaredRadius } = this;
    const { points, features, from, to } = tree;
    for (let one = from[a]; one < to[a]; one++) {
      if (!marks[one] || fromBox(points, one * features, tree, b) > squaredRadius) continue;
      for (let other = a === b ? one + 1 : from[b]; other < to[b]; other++) {
        if (!marks[other] || components.find(one) === components.find(other)) continue;
        if (squaredDistance(points, one * features, points, other * features, features) <= squaredRadius) {
          components.unite(one, other);
        }
      }
    }
  }
}

// Merging branches at every step: nothing for a graphics card.
registerVersions<ConnectMarkedInputs, ConnectMarkedAttributes>('ConnectMarked', {
  native,
  webgpu: 'host',
  portable,
});
