import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../../device/native/backend.js';
import { checkShapes } from '../check.js';
import { registerVersions, runKernel } from '../kernel.js';
import { fromBox, squaredDistance } from './distances.js';
import type { KdTree } from './kd-tree.js';
import { hostTree, nativeTree, type TreeTensors } from './tree-tensors.js';

interface NearestNeighboursInputs extends TreeTensors {
  /** `[m, features]` */
  queries: tf.Tensor2D;
}

type NearestNeighboursAttributes = { count: number };

/**
 * Of each query the places of the `count` nearest customers of a tree, itself included where it is one of them,
 * the nearest first, as int32 `[m, count]`; -1 where there are no more. Distances are float64; of equally far
 * ones a device takes any.
 */
export function nearestNeighbours(tree: TreeTensors, queries: tf.Tensor2D, count: number): tf.Tensor2D {
  checkShapes({ points: [tree.points, 'nd'], queries: [queries, 'md'] });
  return runKernel<[tf.Tensor2D]>('NearestNeighbours', { ...tree, queries }, { count })[0];
}

function portable(inputs: NearestNeighboursInputs, { count }: NearestNeighboursAttributes): tf.Tensor[] {
  const tree = hostTree(inputs);
  const queries = inputs.queries.dataSync<'float32'>();
  const m = inputs.queries.shape[0];
  const places = new Int32Array(m * count).fill(-1);
  const search = new NeighbourSearch(tree, count);
  for (let query = 0; query < m; query++) {
    search.search(queries, query * tree.features);
    places.set(search.places.subarray(0, search.found), query * count);
  }
  return [tf.tensor2d(places, [m, count], 'int32')];
}

function native(
  inputs: NearestNeighboursInputs,
  { count }: NearestNeighboursAttributes,
  backend: NativeBackend,
): tf.TensorInfo[] {
  const m = inputs.queries.shape[0];
  const places = new Int32Array(m * count);
  backend.addon.nearestNeighbours(
    nativeTree(inputs, backend),
    backend.floats(inputs.queries),
    m,
    count,
    places,
  );
  return [backend.output(places, m, count)];
}

/** The nearest customers of one after the other, kept in arrays that every query uses again. */
class NeighbourSearch {
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

registerVersions<NearestNeighboursInputs, NearestNeighboursAttributes>('NearestNeighbours', {
  native,
  webgpu: 'host',
  portable,
});
