import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../../device/native/backend.js';
import { checkShapes } from '../check.js';
import { registerVersions, runKernel } from '../kernel.js';
import { fromBox, squaredDistance } from './distances.js';
import { countMarked, type KdTree } from './kd-tree.js';
import { hostTree, nativeTree, type TreeTensors } from './tree-tensors.js';

interface NearestMarkedInputs extends TreeTensors {
  /** int32 `[customers]`, the customer at each place. */
  order: tf.Tensor1D;
  /** int32 `[customers]` by place, not 0 for those who count. */
  marks: tf.Tensor1D;
  /** `[m, features]` */
  queries: tf.Tensor2D;
}

type NearestMarkedAttributes = { squaredRadius: number };

/**
 * Of each query the place of the nearest marked customer within a radius, as int32 `[m]`; -1 for nobody, and of
 * several equally near ones the one with the lowest number. Distances are float64.
 */
export function nearestMarked(
  tree: TreeTensors,
  order: tf.Tensor1D,
  marks: tf.Tensor1D,
  queries: tf.Tensor2D,
  squaredRadius: number,
): tf.Tensor1D {
  checkShapes({
    points: [tree.points, 'nd'],
    order: [order, 'n'],
    marks: [marks, 'n'],
    queries: [queries, 'md'],
  });
  const inputs = { ...tree, order, marks, queries };
  return runKernel<[tf.Tensor1D]>('NearestMarked', inputs, { squaredRadius })[0];
}

function portable(inputs: NearestMarkedInputs, { squaredRadius }: NearestMarkedAttributes): tf.Tensor[] {
  const tree = hostTree(inputs, inputs.order.dataSync<'int32'>());
  const marks = inputs.marks.dataSync<'int32'>();
  const queries = inputs.queries.dataSync<'float32'>();
  const counts = countMarked(tree, marks);
  const places = Int32Array.from({ length: inputs.queries.shape[0] }, (_, query) =>
    search(tree, marks, counts, queries, query * tree.features, squaredRadius),
  );
  return [tf.tensor1d(places, 'int32')];
}

function native(
  inputs: NearestMarkedInputs,
  { squaredRadius }: NearestMarkedAttributes,
  backend: NativeBackend,
): tf.TensorInfo[] {
  const m = inputs.queries.shape[0];
  const places = new Int32Array(m);
  backend.addon.nearestMarked(
    nativeTree(inputs, backend),
    backend.integers(inputs.order),
    backend.integers(inputs.marks),
    backend.floats(inputs.queries),
    m,
    squaredRadius,
    places,
  );
  return [backend.output(places, m)];
}

function search(
  tree: KdTree,
  marks: Int32Array,
  counts: Int32Array,
  point: Float32Array,
  at: number,
  squaredRadius: number,
): number {
  const nearest = { place: -1, squaredDistance: squaredRadius };
  const { points, features, order, from, to, firstLeaf } = tree;

  const visit = (node: number, boxDistance: number): void => {
    if (boxDistance > nearest.squaredDistance) return;
    if (node < firstLeaf) {
      const [left, right] = [2 * node + 1, 2 * node + 2];
      const toLeft = counts[left] > 0 ? fromBox(point, at, tree, left) : Number.POSITIVE_INFINITY;
      const toRight = counts[right] > 0 ? fromBox(point, at, tree, right) : Number.POSITIVE_INFINITY;
      if (toLeft <= toRight) {
        visit(left, toLeft);
        visit(right, toRight);
      } else {
        visit(right, toRight);
        visit(left, toLeft);
      }
      return;
    }
    for (let place = from[node]; place < to[node]; place++) {
      if (!marks[place]) continue;
      const distance = squaredDistance(point, at, points, place * features, features);
      if (distance > nearest.squaredDistance) continue;
      const first = nearest.place < 0 || order[place] < order[nearest.place];
      if (distance < nearest.squaredDistance || first) {
        nearest.place = place;
        nearest.squaredDistance = distance;
      }
    }
  };
  if (counts[0] > 0) visit(0, fromBox(point, at, tree, 0));
  return nearest.place;
}

registerVersions<NearestMarkedInputs, NearestMarkedAttributes>('NearestMarked', {
  native,
  webgpu: 'host',
  portable,
});
