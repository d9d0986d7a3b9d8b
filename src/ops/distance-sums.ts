import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../device/native/backend.js';
import { checkShapes } from './check.js';
import { bytesOf, type Cost } from './cost.js';
import { registerVersions, runKernel } from './kernel.js';
import type { Metric } from './metrics.js';
import { pairwiseDistance } from './pairwise-distance.js';

interface DistanceSumsInputs {
  /** `[d, m]` */
  a: tf.Tensor2D;
  /** `[d, n]`, its columns segment by segment. */
  b: tf.Tensor2D;
  /** int32 `[segments + 1]`, from 0 to n: where each segment begins. */
  starts: tf.Tensor1D;
}

type DistanceSumsAttributes = { metric: Metric };

/** Distances that a device without a kernel of its own holds at a time. */
const distancesAtATime = 1 << 24;

/** The sums of the distances of each column of `a` to the columns of each segment of `b`, `[m, segments]`. */
export function distanceSums(
  a: tf.Tensor2D,
  b: tf.Tensor2D,
  starts: tf.Tensor1D,
  metric: Metric,
): tf.Tensor2D {
  checkShapes({ a: [a, 'dm'], b: [b, 'dn'] });
  return runKernel<[tf.Tensor2D]>('DistanceSums', { a, b, starts }, { metric })[0];
}

export function distanceSumsCost(features: number, m: number, n: number, segments: number): Cost {
  return { flops: 2 * features * m * n, bytes: bytesOf(features * (m + n), m * segments) };
}

function portable({ a, b, starts }: DistanceSumsInputs, { metric }: DistanceSumsAttributes): tf.Tensor[] {
  const begin = starts.dataSync<'int32'>();
  const [m, atATime] = [a.shape[1], Math.max(1, Math.floor(distancesAtATime / Math.max(1, b.shape[1])))];
  const sumsOf = (rows: tf.Tensor2D) =>
    tf.stack(
      Array.from({ length: begin.length - 1 }, (_, s) => {
        const members = tf.slice(b, [0, begin[s]], [-1, begin[s + 1] - begin[s]]);
        return tf.sum(pairwiseDistance(rows, members, metric), 1);
      }),
      1,
    );
  if (m <= atATime) return [tf.tidy(() => sumsOf(a))];
  const parts: tf.Tensor[] = [];
  for (let from = 0; from < m; from += atATime) {
    parts.push(tf.tidy(() => sumsOf(tf.slice2d(a, [0, from], [-1, Math.min(atATime, m - from)]))));
  }
  const sums = tf.concat(parts, 0);
  tf.dispose(parts);
  return [sums];
}

function native(
  { a, b, starts }: DistanceSumsInputs,
  { metric }: DistanceSumsAttributes,
  backend: NativeBackend,
): tf.TensorInfo[] {
  const [d, m] = a.shape;
  const [n, segments] = [b.shape[1], starts.shape[0] - 1];
  const sums = new Float32Array(m * segments);
  backend.addon.distanceSums(
    backend.floats(a),
    backend.floats(b),
    metric,
    d,
    m,
    n,
    backend.integers(starts),
    segments,
    sums,
  );
  return [backend.output(sums, m, segments)];
}

registerVersions<DistanceSumsInputs, DistanceSumsAttributes>('DistanceSums', {
  native,
  webgpu: portable,
  portable,
});
