import type { Tensor2D } from '@tensorflow/tfjs-core';
import { type CustomerNumbers, columnOf, gathered } from '../customer-column.js';
import { UsageError } from '../errors.js';
import type { Metric } from '../ops/index.js';
import { Random } from '../random.js';
import { belongingAt } from '../segment/belonging.js';
import { sampleOf } from '../segment/candidates.js';
import type { CustomerStream } from '../segment/visit.js';
import { takeTurns } from '../turns.js';
import { distancesToSegments } from './distances-to-segments.js';
import { checkSegments, segmentSizes } from './segment-scatter.js';

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

/**
 * Silhouettes (b − a) / max(a, b): a the mean distance of a customer to the others of their segment, b that to
 * the customers of the nearest other segment; 0 for one alone in a segment. Memory does not grow with the
 * square of the customers. (P. J. Rousseeuw, "Silhouettes", J. Comput. Appl. Math. 20, 1987.)
 *
 * @param x `[features, customers]`, or a stream of them.
 * @param labels `[customers]`; a customer below 0 belongs to no segment and is left out.
 * @throws DataError for fewer than two segments or as many as customers.
 */
export async function silhouette(
  x: Tensor2D | CustomerStream,
  labels: CustomerNumbers,
  { metric = 'euclidean', sample, seed = 0, onProgress, signal }: SilhouetteOptions = {},
): Promise<Silhouette> {
  if (typeof x !== 'function' && labels.length !== x.shape[1]) {
    throw new UsageError({ expected: `${x.shape[1]} labels`, found: `${labels.length}` });
  }
  const column = columnOf(labels);
  const members = segmentSizes(column);
  const belonging = [...members.values()].reduce((sum, size) => sum + size, 0);
  checkSegments(members.size, belonging);
  const chosen = belongingAt(column, sampleOf(belonging, sample ?? belonging, new Random(seed)));
  const own = gathered(column, chosen);

  const turn = takeTurns(signal);
  const segments = [...members.keys()];
  const distances = await distancesToSegments(
    x,
    chosen,
    { labels: column, segments },
    { metric, turn, onProgress },
  );
  const scores = new Float32Array(chosen.length);
  let sum = 0;
  for (let i = 0; i < scores.length; i++) {
    let [within, other] = [Number.NaN, Number.POSITIVE_INFINITY];
    for (const [s, segment] of segments.entries()) {
      const size = members.get(segment)!;
      const distance = distances[i * segments.length + s];
      if (segment !== own[i]) other = Math.min(other, distance / size);
      else if (size > 1) within = distance / (size - 1);
    }
    const greater = Math.max(within, other);
    // NaN: alone in the segment; greater 0: everybody at one place.
    scores[i] = greater > 0 ? (other - within) / greater : 0;
    sum += scores[i];
  }
  return { mean: sum / scores.length, customers: chosen, scores };
}
