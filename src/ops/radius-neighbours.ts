import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../device/native/backend.js';
import type { KernelBackend, TensorWindow } from '../device/webgpu/backend.js';
import { bitsOf } from '../device/webgpu/shader.js';
import { checkShapes } from './check.js';
import { type ColumnPart, columnRanges, inColumnParts } from './column-parts.js';
import { bytesOf, type Cost } from './cost.js';
import { registerVersions, runKernel } from './kernel.js';
import { type Metric, metrics } from './metrics.js';
import { pairwiseDistance } from './pairwise-distance.js';

interface RadiusOptions {
  /** The greatest distance at which two are neighbours. */
  radius: number;
  metric: Metric;
}

/** The neighbours of each column of one matrix among the columns of another, as the pattern of a sparse matrix. */
interface RadiusEdges {
  /** `[m + 1]` */
  indptr: Int32Array;
  /** `[edges]`, ascending within a row. */
  indices: Int32Array;
}

/** Distances that are on the device at a time. */
const distancesAtATime = 1 << 24;

/** Columns of `a` to pass at a time, such that no more distances than that come to exist. */
export function radiusBlock(n: number): number {
  return Math.max(1, Math.floor(distancesAtATime / Math.max(1, n)));
}

/** Which columns of `b [d, n]` lie within the radius of which of `a [d, m]`, as bool `[m, n]`. */
function within(a: tf.Tensor2D, b: tf.Tensor2D, { radius, metric }: RadiusOptions): tf.Tensor2D {
  checkShapes({ a: [a, 'dm'], b: [b, 'dn'] });
  // Squares spare the root, which would only round once more.
  return metric === 'euclidean'
    ? tf.lessEqual(pairwiseDistance(a, b, 'squared-euclidean'), radius * radius)
    : tf.lessEqual(pairwiseDistance(a, b, metric), radius);
}

interface RadiusInputs {
  /** `[features, m]` */
  a: tf.Tensor2D;
  /** `[features, n]` */
  b: tf.Tensor2D;
}

type RadiusAttributes = Pick<RadiusOptions, keyof RadiusOptions>;

function portableCounts({ a, b }: RadiusInputs, options: RadiusAttributes): tf.Tensor[] {
  // Not every back end of TensorFlow.js sums over nothing.
  if (b.shape[1] === 0) return [tf.tensor1d(new Int32Array(a.shape[1]), 'int32')];
  return [tf.tidy(() => tf.sum<tf.Tensor1D>(tf.cast(within(a, b, options), 'int32'), 1))];
}

/** Columns of `a`, and the part of the list that holds their neighbours. */
interface EdgeBatch {
  row0: number;
  rows: number;
  edges?: TensorWindow;
}

/** The columns of `a` from `first` on, in batches whose lists, if lists are made, can be bound. */
function* edgeBatches(
  first: number,
  count: number,
  lists: { starts: Int32Array; indices: tf.TensorInfo } | undefined,
  bindingBytes: number,
): Generator<EdgeBatch> {
  if (!lists) {
    yield { row0: first, rows: count };
    return;
  }
  const { starts, indices } = lists;
  for (let row0 = first; row0 < first + count; ) {
    // A multiple of 64 edges is where a tensor can be bound in parts.
    const edge0 = 64 * Math.floor(starts[row0] / 64);
    let end = row0 + 1;
    while (end < first + count && 4 * (starts[end + 1] - edge0) <= bindingBytes) end++;
    const bytes = 4 * (starts[end] - edge0);
    yield { row0, rows: end - row0, edges: { tensor: indices, offset: 4 * edge0, bytes } };
    row0 = end;
  }
}

/** Records a pass over all pairs that counts or lists the neighbours. */
function scanOnWebgpu(
  { a, b }: Record<'a' | 'b', tf.TensorInfo>,
  { radius, metric }: RadiusAttributes,
  results: { counts?: tf.TensorInfo; indptr?: tf.TensorInfo; indices?: tf.TensorInfo },
  backend: KernelBackend,
): void {
  const { counts, indptr, indices } = results;
  const [features, m] = a.shape;
  const n = b.shape[1];
  if (m * n === 0) {
    if (counts && m > 0) backend.clear(counts);
    return;
  }
  const directed = metric === 'cosine' || metric === 'correlation';
  // Squares spare the root, which would only round once more; directions see half their squared distance.
  const limit = directed ? 2 * radius : metric === 'euclidean' ? radius * radius : radius;
  // Now, since what is on the card the host does not see.
  const lists = indptr && indices && { starts: backend.readSync(indptr.dataId) as Int32Array, indices };
  const scan = (left: ColumnPart, right: ColumnPart, soFar: tf.TensorInfo | undefined) => {
    const sizes = { features, m: left.part.shape[1], n: right.count };
    const both = sizes.m + sizes.n;
    backend.withScratch(directed ? [[2 * both]] : [[0]], directions => {
      if (directed) {
        backend.dispatch({
          shader: 'pairwise-distance',
          entry: 'prepare',
          constants: { metric: metrics.indexOf(metric) },
          sizes,
          tensors: { a: left.part, b: right.part, newDirections: directions },
          workgroups: Math.ceil(both / 64),
        });
      }
      const batches = edgeBatches(left.from, left.count, lists, backend.limits.bindingBytes);
      for (const { row0, rows, edges } of batches) {
        const edge0 = edges ? edges.offset / 4 : 0;
        backend.dispatch({
          shader: 'radius-neighbours',
          entry: 'scan',
          constants: {
            directed: directed ? 1 : 0,
            manhattan: metric === 'manhattan' ? 1 : 0,
            list: indices ? 1 : 0,
            counted: soFar ? 1 : 0,
            more: right.from > 0 ? 1 : 0,
          },
          sizes: { ...sizes, limit: bitsOf(limit), row0, rows, edge0, a0: left.from, column0: right.from },
          tensors: { a: left.part, b: right.part, directions, counts: soFar, indptr, indices: edges },
          workgroups: Math.ceil(rows / 8),
        });
      }
    });
  };
  const scanAll = (soFar?: tf.TensorInfo) =>
    inColumnParts(b, backend, right => inColumnParts(a, backend, left => scan(left, right, soFar)));
  // Lists go on where those of earlier columns of b ended.
  if (counts || columnRanges(b.shape, backend.limits).length === 1) scanAll(counts);
  else backend.withScratch([[m]], scanAll);
}

function countsOnWebgpu(
  inputs: RadiusInputs,
  attributes: RadiusAttributes,
  backend: KernelBackend,
): tf.TensorInfo[] {
  const counts = backend.output([inputs.a.shape[1]], 'int32');
  scanOnWebgpu(inputs, attributes, { counts }, backend);
  return [counts];
}

/** Counts the neighbours and, where a place for it is given, marks who they are. */
function scanOnNative(
  { a, b }: RadiusInputs,
  { radius, metric }: RadiusAttributes,
  backend: NativeBackend,
  marks?: Int32Array,
): Int32Array {
  const [features, m] = a.shape;
  const counts = new Int32Array(m);
  // Squares spare the root, which would only round once more.
  const [measure, limit]: [Metric, number] =
    metric === 'euclidean' ? ['squared-euclidean', radius * radius] : [metric, radius];
  const [left, right] = [backend.floats(a), backend.floats(b)];
  backend.addon.radiusNeighbours(left, right, measure, limit, features, m, b.shape[1], counts, marks);
  return counts;
}

registerVersions<RadiusInputs, RadiusAttributes>('RadiusCounts', {
  native: (inputs, attributes, backend) => {
    const counts = scanOnNative(inputs, attributes, backend);
    return [backend.output(counts, inputs.a.shape[1])];
  },
  webgpu: countsOnWebgpu,
  portable: portableCounts,
});

/** Only of devices that make the list themselves, from int32 `indptr [m + 1]`: elsewhere the host does. */
const listKernel = 'RadiusList';

tf.registerKernel({
  kernelName: listKernel,
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { a, b, indptr } = inputs as Record<'a' | 'b' | 'indptr', tf.TensorInfo>;
    const { edges, ...attributes } = attrs as unknown as RadiusAttributes & { edges: number };
    const indices = (backend as KernelBackend).output([edges], 'int32');
    if (edges > 0) scanOnWebgpu({ a, b }, attributes, { indptr, indices }, backend as KernelBackend);
    return [indices];
  },
});

/** Only of devices that mark the neighbours with a bit for each pair: int32 `[m, ceil(n / 32)]`, lowest bits first. */
const marksKernel = 'RadiusMarks';

tf.registerKernel({
  kernelName: marksKernel,
  backendName: 'native',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { a, b } = inputs as unknown as RadiusInputs;
    const [m, words] = [a.shape[1], Math.ceil(b.shape[1] / 32)];
    const marks = new Int32Array(m * words);
    const native = backend as NativeBackend;
    const counts = scanOnNative({ a, b }, attrs as unknown as RadiusAttributes, native, marks);
    return [native.output(counts, m), native.output(marks, m, words)];
  },
});

/**
 * How many columns of `b [d, n]` each column of `a [d, m]` has within the radius, as int32 `[m]`. Distances are
 * the device's float32 ones: a pair at the radius to within their rounding may fall on either side.
 */
export function radiusCounts(a: tf.Tensor2D, b: tf.Tensor2D, options: RadiusOptions): tf.Tensor1D {
  checkShapes({ a: [a, 'dm'], b: [b, 'dn'] });
  return runKernel<[tf.Tensor1D]>('RadiusCounts', { a, b }, { ...options })[0];
}

/** At most: devices that need not look at all pairs compute less. */
export function radiusCountsCost(features: number, m: number, n: number): Cost {
  return { flops: 2 * features * m * n, bytes: bytesOf(features * (m + n), m) };
}

/** The pairs that {@link radiusCounts} counts. The caller keeps m within {@link radiusBlock}. */
export async function radiusNeighbours(
  a: tf.Tensor2D,
  b: tf.Tensor2D,
  options: RadiusOptions,
): Promise<RadiusEdges> {
  if (tf.getKernel(listKernel, tf.getBackend())) return listedByDevice(a, b, options);
  if (tf.getKernel(marksKernel, tf.getBackend())) return listedByMarks(a, b, options);
  const mask = tf.tidy(() => within(a, b, options));
  const flags = await mask.data<'bool'>();
  mask.dispose();
  const [m, n] = [a.shape[1], b.shape[1]];
  const indptr = new Int32Array(m + 1);
  for (let row = 0; row < m; row++) {
    let count = 0;
    for (let p = row * n; p < (row + 1) * n; p++) count += flags[p];
    indptr[row + 1] = indptr[row] + count;
  }
  const indices = new Int32Array(indptr[m]);
  let next = 0;
  for (let row = 0; row < m; row++) {
    for (let column = 0; column < n; column++) if (flags[row * n + column]) indices[next++] = column;
  }
  return { indptr, indices };
}

/** The rows of the list begin where the counts of those before end. */
function rowStarts(counts: Int32Array): Int32Array {
  const indptr = new Int32Array(counts.length + 1);
  for (let row = 0; row < counts.length; row++) indptr[row + 1] = indptr[row] + counts[row];
  return indptr;
}

/** In one pass over the pairs: a bit for each is little memory, and most words are 0. */
async function listedByMarks(a: tf.Tensor2D, b: tf.Tensor2D, options: RadiusOptions): Promise<RadiusEdges> {
  const tensors = runKernel<[tf.Tensor1D, tf.Tensor2D]>(marksKernel, { a, b }, { ...options });
  const [counts, marks] = await Promise.all(tensors.map(tensor => tensor.data<'int32'>()));
  tf.dispose(tensors);
  const indptr = rowStarts(counts as Int32Array);
  const indices = new Int32Array(indptr[counts.length]);
  const words = Math.ceil(b.shape[1] / 32);
  let next = 0;
  for (let row = 0; row < counts.length; row++) {
    for (let word = 0; word < words; word++) {
      for (let rest = marks[row * words + word]; rest !== 0; rest &= rest - 1) {
        indices[next++] = 32 * word + 31 - Math.clz32(rest & -rest);
      }
    }
  }
  return { indptr, indices };
}

/** In two passes, one that counts and one that lists: the pairs never exist as a matrix. */
async function listedByDevice(a: tf.Tensor2D, b: tf.Tensor2D, options: RadiusOptions): Promise<RadiusEdges> {
  const counted = radiusCounts(a, b, options);
  const counts = await counted.data<'int32'>();
  counted.dispose();
  const indptr = rowStarts(counts as Int32Array);
  const edges = indptr[counts.length];
  const listed = tf.tidy(
    () =>
      runKernel<[tf.Tensor1D]>(listKernel, { a, b, indptr: tf.tensor1d(indptr) }, { ...options, edges })[0],
  );
  const indices = (await listed.data<'int32'>()) as Int32Array;
  listed.dispose();
  return { indptr, indices };
}
