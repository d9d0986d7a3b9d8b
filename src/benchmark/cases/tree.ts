import * as tf from '@tensorflow/tfjs-core';
import {
  buildKdTree,
  type KdTree,
  squaredDistance,
  type TreeTensors,
  treeSearchCost,
} from '../../ops/tree/index.js';
import { type BenchmarkCase, type PreparedCase, size } from '../case.js';
import { uniformMatrix } from '../data.js';
import { memoryOf } from './shape.js';

export type TreeShape = [customers: number, features: number];

/** A radius within which everybody has about ten customers, squared. */
export function squaredRadiusFor([customers, features]: TreeShape): number {
  return (1.5 * (10 / customers) ** (1 / features)) ** 2;
}

/** Squared distances of a place in the tree from all places, in float64. */
export function distancesFrom({ points, features, customers }: KdTree, place: number): Float64Array {
  return Float64Array.from({ length: customers }, (_, other) =>
    squaredDistance(points, place * features, points, other * features, features),
  );
}

interface TreeWork {
  kernel: string;
  /** What the search takes beside the tree, and how it is checked. */
  prepare(tree: KdTree): {
    upload?(): tf.Tensor[];
    run(tree: TreeTensors, inputs: tf.Tensor[]): tf.Tensor[];
    check: PreparedCase['check'];
  };
  /** Numbers of the result for each customer. Default: 1. */
  outputs?: number;
  /** What else the sizes are, in words. */
  more?: string;
}

/** A search for each customer of a tree. The cost is the least there can be: what more is visited depends on the data. */
export function treeCase(
  [customers, features]: TreeShape,
  { kernel, prepare, outputs = 1, more }: TreeWork,
): BenchmarkCase {
  const cost = treeSearchCost(customers, features, { queries: customers, outputs: outputs * customers });
  return {
    kernel,
    shape: [`${size(customers)} × ${features}`, ...(more ? [more] : [])].join(', '),
    rows: customers,
    memory: 2 * memoryOf(cost),
    prepare() {
      const tree = buildKdTree(uniformMatrix(1, customers, features), features);
      const { upload = () => [], run, check } = prepare(tree);
      return {
        cost,
        upload: () => [
          tf.tensor2d(tree.points, [customers, features]),
          tf.tensor2d(tree.low, [tree.nodes, features]),
          tf.tensor2d(tree.high, [tree.nodes, features]),
          ...upload(),
        ],
        run([points, low, high, ...inputs]) {
          return run({ points, low, high } as TreeTensors, inputs);
        },
        check,
      };
    },
  };
}
