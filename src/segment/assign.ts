import * as tf from '@tensorflow/tfjs-core';
import { nearestCentroid, nearestLabel } from '../ops/index.js';
import type { Batches } from './batches.js';

/** Nearest centroid and squared distance of all customers. */
export async function assign(
  batches: Batches,
  centroids: Float32Array,
): Promise<{ labels: Int32Array; distances: Float32Array }> {
  const whole = {
    labels: new Gathered<Int32Array>(batches, size => new Int32Array(size)),
    distances: new Gathered<Float32Array>(batches, size => new Float32Array(size)),
  };
  for await (const [labels, distances] of searches(batches, centroids, distancesToo)) {
    whole.labels.add(labels);
    whole.distances.add(distances);
  }
  return { labels: whole.labels.values, distances: whole.distances.values };
}

/** Nearest centroid of all customers, and whether their values are known to be finite. */
export async function assignLabels(
  batches: Batches,
  centroids: Float32Array,
): Promise<{ labels: Int32Array; finite: boolean }> {
  const whole = new Gathered<Int32Array>(batches, size => new Int32Array(size));
  let finite = true;
  for await (const [labels, check] of searches(batches, centroids, labelsOnly)) {
    whole.add(labels);
    finite &&= check.every(Number.isFinite);
  }
  return { labels: whole.values, finite };
}

type Search = (x: tf.Tensor2D, centroids: tf.Tensor2D) => [labels: tf.Tensor1D, more: tf.Tensor];

const distancesToo: Search = (x, centroids) => {
  const { labels, distances } = nearestCentroid(x, centroids);
  return [labels, distances];
};

const labelsOnly: Search = (x, centroids) => {
  const { labels, check } = nearestLabel(x, centroids);
  return [labels, check];
};

/** What is found of one batch after another; one ahead, so that a graphics card is not idle while the host copies. */
async function* searches(
  { tensors, features }: Batches,
  centroids: Float32Array,
  search: Search,
): AsyncGenerator<[labels: Int32Array, more: Float32Array]> {
  const k = centroids.length / features;
  const start = (x: tf.Tensor2D) => tf.tidy(() => search(x, tf.tensor2d(centroids, [k, features])));
  let next = tensors.length > 0 ? start(tensors[0]) : undefined;
  try {
    for (const b of tensors.keys()) {
      const found = next!;
      try {
        next = b + 1 < tensors.length ? start(tensors[b + 1]) : undefined;
        const [labels, more] = found;
        yield [(await labels.data<'int32'>()) as Int32Array, (await more.data<'float32'>()) as Float32Array];
      } finally {
        tf.dispose(found);
      }
    }
  } finally {
    if (next) tf.dispose(next);
  }
}

/** A number of each customer, which come batch by batch; those of one batch alone are not copied. */
class Gathered<Values extends Int32Array | Float32Array> {
  values: Values;
  readonly #hasParts: boolean;
  #filled = 0;

  constructor({ tensors, customers }: Batches, create: (size: number) => Values) {
    this.#hasParts = tensors.length > 1;
    this.values = create(this.#hasParts ? customers : 0);
  }

  add(part: Values): void {
    if (this.#hasParts) this.values.set(part, this.#filled);
    else this.values = part;
    this.#filled += part.length;
  }
}
