import * as tf from '@tensorflow/tfjs-core';
import type { CustomerColumn } from '../customer-column.js';
import { distanceSums, type Metric } from '../ops/index.js';
import { type CustomerStream, gatherVisited, type Part, visitStream } from '../segment/visit.js';

/** Distances that are summed in a call: every call packs all customers anew, and between calls others have their turn. */
const distancesAtATime = 1 << 26;

type SomeCustomers = Pick<Part, 'x' | 'from' | 'customers'>;

interface Segmented {
  /** `[customers]` */
  labels: CustomerColumn;
  /** The labels that count. */
  segments: readonly number[];
}

export interface DistanceOptions {
  metric: Metric;
  turn: () => Promise<void>;
  onProgress?: (done: number, total: number) => void;
}

/** The customers of a part segment by segment, those of no segment left out, and where each segment begins. */
function bySegment({ from, customers }: SomeCustomers, { labels, segments }: Segmented) {
  const members = new Map<number, number[]>(segments.map(segment => [segment, []]));
  const own = labels.part(from, from + customers);
  for (let i = 0; i < customers; i++) members.get(own[i])?.push(i);
  const present = [...segments.keys()].filter(s => members.get(segments[s])!.length > 0);
  const starts = new Int32Array(present.length + 1);
  present.forEach((s, i) => {
    starts[i + 1] = starts[i] + members.get(segments[s])!.length;
  });
  return { present, starts, sorted: present.flatMap(s => members.get(segments[s])!) };
}

/**
 * Sums of the distances of some customers to the customers of each segment. Memory grows neither with the square of the
 * customers nor, where they come from a stream, with their features.
 *
 * @param chosen customers, ascending.
 * @returns `[chosen, segments]`
 */
export async function distancesToSegments(
  x: tf.Tensor2D | CustomerStream,
  chosen: Int32Array,
  { labels, segments }: Segmented,
  { metric, turn, onProgress }: DistanceOptions,
): Promise<Float64Array> {
  const totals = new Float64Array(chosen.length * segments.length);
  const stream = typeof x === 'function' && visitStream(x, turn);
  const visit: (each: (part: SomeCustomers) => Promise<void>) => Promise<void> =
    stream || (each => each({ x: x as tf.Tensor2D, from: 0, customers: labels.length }));
  const scored = stream
    ? await gathered(stream, chosen)
    : tf.tidy(() => tf.gather(x as tf.Tensor2D, tf.tensor1d(chosen, 'int32'), 1));
  // The parts of a stream are of one size but for the last: what is cut for one fits the others.
  let cut: { atATime: number; rows: tf.Tensor2D[] } = { atATime: 0, rows: [] };
  try {
    await visit(async part => {
      const { present, starts, sorted } = bySegment(part, { labels, segments });
      if (present.length === 0) return;
      const everybody = tf.tidy(() => tf.gather(part.x, tf.tensor1d(sorted, 'int32'), 1));
      const begin = tf.tensor1d(starts, 'int32');
      const atATime = Math.max(1, Math.floor(distancesAtATime / sorted.length));
      if (atATime !== cut.atATime) {
        tf.dispose(cut.rows);
        cut = { atATime, rows: slicesOf(scored, atATime) };
      }
      try {
        for (const [slice, rows] of cut.rows.entries()) {
          await turn();
          const [from, count] = [slice * atATime, rows.shape[1]];
          const sums = distanceSums(rows, everybody, begin, metric);
          const read = await sums.data<'float32'>();
          sums.dispose();
          for (let i = 0; i < count; i++) {
            for (const [place, s] of present.entries()) {
              totals[(from + i) * segments.length + s] += read[i * present.length + place];
            }
          }
          const share = (part.from + (part.customers * (from + count)) / chosen.length) / labels.length;
          onProgress?.(Math.round(share * chosen.length), chosen.length);
        }
      } finally {
        tf.dispose([everybody, begin]);
      }
    });
  } finally {
    tf.dispose([scored, ...cut.rows]);
  }
  return totals;
}

/** The columns of a matrix, some at a time. */
function slicesOf(x: tf.Tensor2D, atATime: number): tf.Tensor2D[] {
  const slices: tf.Tensor2D[] = [];
  for (let from = 0; from < x.shape[1]; from += atATime) {
    slices.push(tf.slice2d(x, [0, from], [-1, Math.min(atATime, x.shape[1] - from)]));
  }
  return slices;
}

/** Some customers of a stream, `[features, chosen]`. */
async function gathered(visit: ReturnType<typeof visitStream>, chosen: Int32Array): Promise<tf.Tensor2D> {
  const { values, features } = await gatherVisited(visit, chosen);
  return tf.tensor2d(values, [features, chosen.length]);
}
