import * as tf from '@tensorflow/tfjs-core';
import type { NativeTree } from '../../device/native/addon.js';
import type { NativeBackend } from '../../device/native/backend.js';
import { type KdTree, treeShape } from './kd-tree.js';

/** A tree on the device: its customers in their order, and the corners of its boxes. */
export interface TreeTensors {
  /** `[customers, features]` */
  points: tf.Tensor2D;
  /** `[nodes, features]` */
  low: tf.Tensor2D;
  high: tf.Tensor2D;
}

/** Uploads a tree of at least one customer; the caller disposes of the tensors with `tf.dispose`. */
export function treeTensors({ points, low, high, customers, features, nodes }: KdTree): TreeTensors {
  return {
    points: tf.tensor2d(points, [customers, features], 'float32'),
    low: tf.tensor2d(low, [nodes, features], 'float32'),
    high: tf.tensor2d(high, [nodes, features], 'float32'),
  };
}

/** The tree for portable versions; customers have the numbers of their places unless told otherwise. */
export function hostTree(
  { points, low, high }: TreeTensors,
  order: ArrayLike<number> = Int32Array.from({ length: points.shape[0] }, (_, i) => i),
): KdTree {
  const [customers, features] = points.shape;
  return {
    ...treeShape(customers),
    customers,
    features,
    points: points.dataSync<'float32'>(),
    order: order as Int32Array,
    low: low.dataSync<'float32'>(),
    high: high.dataSync<'float32'>(),
  };
}

/** The tree for the addon. */
export function nativeTree({ points, low, high }: TreeTensors, backend: NativeBackend): NativeTree {
  const [customers, features] = points.shape;
  return {
    points: backend.floats(points),
    low: backend.floats(low),
    high: backend.floats(high),
    customers,
    features,
  };
}
