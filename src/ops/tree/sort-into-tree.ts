import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../../device/native/backend.js';
import { registerVersions, runKernel } from '../kernel.js';
import { buildKdTree, type KdTree, treeShape } from './kd-tree.js';
import type { TreeTensors } from './tree-tensors.js';

interface KdTreeInputs {
  /** `[customers, features]` */
  x: tf.Tensor2D;
}

type Outputs = [points: tf.Tensor2D, order: tf.Tensor1D, low: tf.Tensor2D, high: tf.Tensor2D];

/** The k-d tree of customers, `x [customers, features]`, and int32 `[customers]`, the customer at each place. */
export function kdTree(x: tf.Tensor2D): TreeTensors & { order: tf.Tensor1D } {
  const [points, order, low, high] = runKernel<Outputs>('KdTree', { x });
  return { points, order, low, high };
}

/** The k-d tree of customers, `points [customers, features]`, which stay as they are. */
export async function sortIntoTree(points: Float32Array, features: number): Promise<KdTree> {
  const customers = points.length / features;
  const x = tf.tensor2d(points, [customers, features], 'float32');
  const sorted = kdTree(x);
  const tensors = [sorted.points, sorted.order, sorted.low, sorted.high];
  const [values, order, low, high] = await Promise.all(tensors.map(tensor => tensor.data()));
  tf.dispose([x, ...tensors]);
  return {
    ...treeShape(customers),
    customers,
    features,
    points: values as Float32Array,
    order: order as Int32Array,
    low: low as Float32Array,
    high: high as Float32Array,
  };
}

function portable({ x }: KdTreeInputs): tf.Tensor[] {
  const [customers, features] = x.shape;
  const { points, order, low, high, nodes } = buildKdTree(x.dataSync<'float32'>().slice(), features);
  return [
    tf.tensor2d(points, [customers, features]),
    tf.tensor1d(order, 'int32'),
    tf.tensor2d(low, [nodes, features]),
    tf.tensor2d(high, [nodes, features]),
  ];
}

function native({ x }: KdTreeInputs, _: object, backend: NativeBackend): tf.TensorInfo[] {
  const [customers, features] = x.shape;
  const { nodes } = treeShape(customers);
  const points = new Float32Array(customers * features);
  const order = new Int32Array(customers);
  const [low, high] = [new Float32Array(nodes * features), new Float32Array(nodes * features)];
  backend.addon.kdTree(backend.floats(x), customers, features, points, order, low, high);
  return [
    backend.output(points, customers, features),
    backend.output(order, customers),
    backend.output(low, nodes, features),
    backend.output(high, nodes, features),
  ];
}

// Sorting into a tree branches at every step: nothing for a graphics card.
registerVersions<KdTreeInputs, object>('KdTree', { native, webgpu: 'host', portable });
