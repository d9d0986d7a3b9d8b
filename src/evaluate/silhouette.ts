import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../errors.js';
import { distanceSums, type Metric } from '../ops/index.js';
import { Random } from '../random.js';
import { sampleOf } from '../segment/candidates.js';
import { takeTurns } from '../turns.js';
import { checkSegments } from './segment-scatter.js';

export interface SilhouetteOptions {
  /** Default: euclidean. */
  metric?: Metric;
  /**
   * Score no more than so many customers, spread evenly; each is still compared with everybody, so that the
   * mean is an estimate without bias. Default: everybody.
   */
  sample?: number;
  /** Of the choice of the sample. */
  seed?: number;
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

export interface Silhouette {
  /** Mean over the scored customers: 1 far apart, 0 touching, below 0 in the wrong segment. */
  mean: number;
  /** Scored customers, ascending. */
  customers: Int32Array;
  /** Their scores. */
  scores: Float32Array;
}

/** Distances that are on the device at a time. */
const distancesAtATime = 1 << 24;

/**
 * Silhouettes (b − a) / max(a, b): a the mean distance of a customer to the others of their segment, b that to
 * the customers of the nearest other segment; 0 for one alone in a segment. Memory does not grow with the
 * square of the customers. (P. J. Rousseeuw, "Silhouettes", J. Comput. Appl. Math. 20, 1987.)
 *
 * @param x `[features, customers]`.
 * @param labels `[customers]`; a customer below 0 belongs to no segment and is left out.
 * @throws DataError for fewer than two segments or as many as customers.
 */
export async function silhouette(
  x: tf.Tensor2D,
  labels: ArrayLike<number>,
  { metric = 'euclidean', sample, seed = 0, onProgress, signal }: SilhouetteOptions = {},
): Promise<Silhouette> {
  if (labels.length !== x.shape[1]) {
    throw new UsageError({ expected: `${x.shape[1]} labels`, found: `${labels.length}` });
  }
  const members = membersOf(labels);
  const all = Int32Array.from(labels).map((label, i) => (label < 0 ? -1 : i));
  const belonging = all.filter(i => i >= 0);
  checkSegments(members.size, belonging.length);
  const chosen = sampleOf(belonging.length, sample ?? belonging.length, new Random(seed)).map(
    i => belonging[i],
  );

  const turn = takeTurns(signal);
  const scores = new Float32Array(chosen.length);
  const ownDistance = new Float64Array(chosen.length);
  const otherDistance = new Float64Array(chosen.length).fill(Number.POSITIVE_INFINITY);
  const segments = [...members];
  const sorted = segments.flatMap(([, customers]) => [...customers]);
  const starts = Int32Array.from({ length: segments.length + 1 }, (_, s) =>
    segments.slice(0, s).reduce((count, [, customers]) => count + customers.length, 0),
  );
  const everybody = tf.tidy(() => tf.gather(x, tf.tensor1d(sorted, 'int32'), 1));
  const begin = tf.tensor1d(starts, 'int32');
  const atATime = Math.max(1, Math.floor(distancesAtATime / sorted.length));
  try {
    for (let from = 0; from < chosen.length; from += atATime) {
      await turn();
      const some = chosen.subarray(from, from + atATime);
      const rows = tf.tidy(() => tf.gather(x, tf.tensor1d(some, 'int32'), 1));
      const sums = distanceSums(rows, everybody, begin, metric);
      const read = await sums.data<'float32'>();
      tf.dispose([rows, sums]);
      some.forEach((customer, i) => {
        segments.forEach(([segment, { length }], s) => {
          const distance = read[i * segments.length + s];
          if (labels[customer] === segment) {
            ownDistance[from + i] = length > 1 ? distance / (length - 1) : Number.NaN;
          } else {
            otherDistance[from + i] = Math.min(otherDistance[from + i], distance / length);
          }
        });
      });
      onProgress?.(from + some.length, chosen.length);
    }
  } finally {
    tf.dispose([everybody, begin]);
  }
  let sum = 0;
  for (let i = 0; i < scores.length; i++) {
    const [own, other] = [ownDistance[i], otherDistance[i]];
    const greater = Math.max(own, other);
    // NaN: alone in the segment; greater 0: everybody at one place.
    scores[i] = greater > 0 ? (other - own) / greater : 0;
    sum += scores[i];
  }
  return { mean: sum / scores.length, customers: chosen, scores };
}

/** The customers of each segment. */
function membersOf(labels: ArrayLike<number>): Map<number, Int32Array> {
  const members = new Map<number, number[]>();
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] < 0) continue;
    const known = members.get(labels[i]);
    if (known) known.push(i);
    else members.set(labels[i], [i]);
  }
  return new Map([...members].sort(([a], [b]) => a - b).map(([label, all]) => [label, Int32Array.from(all)]));
}
