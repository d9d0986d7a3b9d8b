import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../device/native/backend.js';
import type { KernelBackend } from '../device/webgpu/backend.js';
import { UsageError } from '../errors.js';
import { checkShapes } from './check.js';
import { type ColumnPart, inColumnParts } from './column-parts.js';
import { bytesOf, type Cost } from './cost.js';
import { registerVersions, runKernel } from './kernel.js';
import { type Metric, metrics } from './metrics.js';

interface PairwiseDistanceInputs {
  /** `[features, m]` */
  a: tf.Tensor2D;
  /** `[features, n]` */
  b: tf.Tensor2D;
  /** `[count, n]`, an earlier result. Consumed: a device may write the new one into its memory. */
  into?: tf.Tensor2D;
}

interface PairwiseDistanceAttributes {
  metric: Metric;
  /** The first of the columns of `a`, and how many. */
  first: number;
  count: number;
}

/**
 * The distance between each column of `a [features, m]` and each column of `b [features, n]`, as `[m, n]`.
 *
 * Cosine is `1 - a·b / (|a| |b|)`, correlation the same of the columns less their own means; a column
 * without length (all zeros, or all equal under correlation) is at distance 1 from everything.
 * The whole result is one tensor: see {@link pairwiseDistanceBlocks} where `m · n` would not fit.
 */
export function pairwiseDistance(a: tf.Tensor2D, b: tf.Tensor2D, metric: Metric): tf.Tensor2D {
  return someDistances({ a, b }, { metric, first: 0, count: a.shape[1] });
}

function someDistances(
  { a, b, into }: PairwiseDistanceInputs,
  attributes: PairwiseDistanceAttributes,
): tf.Tensor2D {
  checkShapes({ a: [a, 'dm'], b: [b, 'dn'] });
  const [distances] = runKernel<[tf.Tensor2D]>('PairwiseDistance', { a, b, into }, { ...attributes });
  return distances;
}

/** Some rows of the matrix of distances. */
export interface DistanceBlock {
  /** The column of `a` that the first row belongs to. */
  first: number;
  /** `[rows, n]`; the next block may be written over it. */
  distances: Float32Array;
}

export interface DistanceBlocksOptions {
  /** Rows of a block; the last may have fewer. Default: as many as make 20 MB. */
  rows?: number;
}

/** Distances of a block unless told: written, read and written over again within a processor's last cache. */
const distancesOfBlock = 5e6;

/**
 * The distances of {@link pairwiseDistance} block of rows by block of rows, for results that do not fit in memory
 * or are looked at once. Every block lies in the memory of the one before, where that is faster: copy what is to
 * stay.
 *
 * @example
 * for await (const { first, distances } of pairwiseDistanceBlocks(a, b, 'cosine')) { … }
 * @throws UsageError for rows that are not a whole number of at least 1.
 */
export async function* pairwiseDistanceBlocks(
  a: tf.Tensor2D,
  b: tf.Tensor2D,
  metric: Metric,
  { rows = Math.ceil(distancesOfBlock / Math.max(1, b.shape[1])) }: DistanceBlocksOptions = {},
): AsyncGenerator<DistanceBlock> {
  if (!(Number.isInteger(rows) && rows > 0))
    throw new UsageError({ expected: 'rows to be a whole number of at least 1', found: `${rows}` });
  const m = a.shape[1];
  let block: tf.Tensor2D | undefined;
  try {
    for (let first = 0; first < m; first += rows) {
      const count = Math.min(rows, m - first);
      const next = someDistances({ a, b, into: block }, { metric, first, count });
      block?.dispose();
      block = next;
      yield { first, distances: (await block.data<'float32'>()) as Float32Array };
    }
  } finally {
    block?.dispose();
  }
}

export function pairwiseDistanceCost(features: number, m: number, n: number): Cost {
  return { flops: 2 * features * m * n, bytes: bytesOf(features * (m + n), m * n) };
}

// Transposed by itself: the product of WebAssembly's back end is slow when it has to transpose.
function products(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return tf.matMul(tf.transpose(a), b);
}

function squaredEuclidean(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  // Seen from the middle of b, so that |a|² + |b|² − 2a·b does not cancel in float32.
  const middle = tf.mean(b, 1, true);
  const [left, right] = [tf.sub<tf.Tensor2D>(a, middle), tf.sub<tf.Tensor2D>(b, middle)];
  const norms = tf.add(
    tf.reshape(tf.sum(tf.square(left), 0), [-1, 1]),
    tf.reshape(tf.sum(tf.square(right), 0), [1, -1]),
  );
  return tf.relu(tf.sub<tf.Tensor2D>(norms, tf.mul(products(left, right), 2)));
}

function manhattan(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  let distances = tf.zeros<tf.Rank.R2>([a.shape[1], b.shape[1]]);
  for (let feature = 0; feature < a.shape[0]; feature++) {
    const left = tf.reshape(tf.slice(a, [feature, 0], [1, -1]), [-1, 1]);
    const right = tf.slice(b, [feature, 0], [1, -1]);
    const sum = tf.tidy(() => tf.add<tf.Tensor2D>(distances, tf.abs(tf.sub(left, right))));
    distances.dispose();
    distances = sum;
  }
  return distances;
}

function unitColumns(x: tf.Tensor2D): tf.Tensor2D {
  return tf.divNoNan(x, tf.norm(x, 'euclidean', 0, true));
}

function cosine(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return tf.sub(1, tf.clipByValue(products(unitColumns(a), unitColumns(b)), -1, 1));
}

function centredColumns(x: tf.Tensor2D): tf.Tensor2D {
  return tf.sub(x, tf.mean(x, 0, true));
}

const portableMetrics: Record<Metric, (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Tensor2D> = {
  'squared-euclidean': squaredEuclidean,
  euclidean: (a, b) => tf.sqrt(squaredEuclidean(a, b)),
  manhattan,
  cosine,
  correlation: (a, b) => cosine(centredColumns(a), centredColumns(b)),
};

function portable(
  { a, b }: PairwiseDistanceInputs,
  { metric, first, count }: PairwiseDistanceAttributes,
): tf.Tensor[] {
  return [
    tf.tidy(() => {
      const some = count === a.shape[1] ? a : tf.slice(a, [0, first], [-1, count]);
      return portableMetrics[metric](some, b);
    }),
  ];
}

function native(
  { a, b, into }: PairwiseDistanceInputs,
  { metric, first, count }: PairwiseDistanceAttributes,
  backend: NativeBackend,
): tf.TensorInfo[] {
  const [features, m] = a.shape;
  const n = b.shape[1];
  const again = into?.shape[0] === count && into.shape[1] === n ? into : undefined;
  const distances = again ? backend.floats(again) : new Float32Array(count * n);
  backend.addon.pairwiseDistance(
    backend.floats(a),
    backend.floats(b),
    metric,
    features,
    m,
    n,
    first,
    count,
    distances,
  );
  return [again ? backend.again(again) : backend.output(distances, count, n)];
}

function webgpu(
  { a, b }: PairwiseDistanceInputs,
  { metric: name, first, count }: PairwiseDistanceAttributes,
  backend: KernelBackend,
): tf.TensorInfo[] {
  const shader = 'pairwise-distance';
  const constants = { metric: metrics.indexOf(name) };
  const features = a.shape[0];
  const n = b.shape[1];
  const distances = backend.output([count, n]);
  if (count * n === 0) return [distances];
  // A multiple of 64 rows keeps batches on the boundaries at which a tensor can be bound in parts.
  const bytesOfRow = 4 * n;
  const rowsAtATime = Math.max(64, 64 * Math.floor(backend.limits.bindingBytes / (64 * bytesOfRow)));
  const measure = (rows: ColumnPart, columns: ColumnPart) => {
    const [left, right] = [rows.part, columns.part];
    const sizes = { features, m: left.shape[1], n: columns.count, stride: n, column0: columns.from };
    backend.withScratch([[sizes.m + sizes.n, 2]], directions => {
      if (name === 'cosine' || name === 'correlation') {
        backend.dispatch({
          shader,
          entry: 'prepare',
          constants,
          sizes,
          tensors: { a: left, b: right, newDirections: directions },
          workgroups: Math.ceil((sizes.m + sizes.n) / 64),
        });
      }
      for (let start = 0; start < rows.count; start += rowsAtATime) {
        const some = Math.min(rowsAtATime, rows.count - start);
        const offset = (rows.from + start) * bytesOfRow;
        backend.dispatch({
          shader,
          entry: 'measure',
          constants,
          sizes: { ...sizes, row0: rows.first + start, rows: some },
          tensors: {
            a: left,
            b: right,
            directions,
            distances: { tensor: distances, offset, bytes: some * bytesOfRow },
          },
          workgroups: Math.ceil(some / 64) * Math.ceil(sizes.n / 128),
        });
      }
    });
  };
  inColumnParts(b, backend, columns =>
    inColumnParts(a, backend, rows => measure(rows, columns), { first, count }),
  );
  return [distances];
}

registerVersions<PairwiseDistanceInputs, PairwiseDistanceAttributes>('PairwiseDistance', {
  native,
  webgpu,
  portable,
});
