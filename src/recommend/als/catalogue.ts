import * as tf from '@tensorflow/tfjs-core';
import { type Csr, cosineTopK, csrTensors, disposeCsr } from '../../ops/index.js';
import type { Candidates } from '../winners.js';
import type { Factors } from './solve.js';

/** Items in the first part of a catalogue. */
const firstItems = 1024;

/** How many times as many items have been looked at after each further part. */
const growth = 4;

/** More than rounding adds to an inner product of float32 beyond the product of the lengths. */
const margin = 1 + 1e-5;

/** Items whose factors are about as long. */
interface Part {
  /** Ascending. */
  items: Int32Array;
  /** `[factors, items]` */
  columns: tf.Tensor2D;
  /** Of the longest. */
  length: number;
  /** By item its place in the part, -1 elsewhere. */
  placeOf: Int32Array;
}

/**
 * Items to be searched for the greatest inner products. An inner product is no greater than the product of both lengths, and
 * few items have long factors: those that few customers have are held near 0. So the items lie in parts by the length of
 * their factors, and a customer whose best items beat all that a part can have does not look at it nor at those behind. (C.
 * Teflioudi, R. Gemulla and O. Mykytiuk, "LEMP: fast retrieval of large entries in a matrix product", SIGMOD 2015.)
 */
export class Catalogue {
  readonly #parts: Part[] = [];

  /** @param candidates `[items]`, 0 for items that nobody may get. */
  constructor(items: Factors, candidates?: Uint8Array) {
    const lengths = lengthsOf(items);
    // An item of length 0 scores 0, which is never recommended.
    const order = Int32Array.from({ length: items.count }, (_, item) => item)
      .filter(item => lengths[item] > 0 && candidates?.[item] !== 0)
      .sort((a, b) => lengths[b] - lengths[a] || a - b);
    for (let from = 0, to = firstItems; from < order.length; from = to, to *= growth) {
      const some = order.slice(from, to);
      const length = lengths[some[0]];
      some.sort();
      const placeOf = new Int32Array(items.count).fill(-1);
      some.forEach((item, place) => {
        placeOf[item] = place;
      });
      this.#parts.push({ items: some, columns: columnsOf(items, some), length, placeOf });
    }
  }

  dispose(): void {
    tf.dispose(this.#parts.map(({ columns }) => columns));
  }

  /**
   * The `topK` items of greatest inner product with each customer, of equal ones the lower; those of 0 or less may be
   * missing. Items that `owned [customers, items]` has are left out.
   */
  async best(customers: Factors, topK: number, owned?: Csr): Promise<Candidates> {
    const all: Candidates = {
      indices: new Int32Array(customers.count * topK).fill(-1),
      scores: new Float32Array(customers.count * topK).fill(Number.NEGATIVE_INFINITY),
    };
    const before: Candidates = { indices: new Int32Array(topK), scores: new Float32Array(topK) };
    const lengths = lengthsOf(customers);
    let asking = Int32Array.from({ length: customers.count }, (_, customer) => customer);
    for (const part of this.#parts) {
      asking = asking.filter(customer => {
        const beaten = Math.max(0, all.scores[(customer + 1) * topK - 1]);
        return lengths[customer] * part.length * margin > beaten;
      });
      if (asking.length === 0) break;
      const atMost = Math.min(topK, part.items.length);
      const exclude = owned && patternOf(owned, asking, part);
      const found = await topOf(columnsOf(customers, asking), part.columns, atMost, 'dot', exclude);
      asking.forEach((customer, place) => {
        merge(all, before, customer, part, found, place);
      });
    }
    return all;
  }
}

/** Merges what was found for the customer at a place of `asking` into the best so far. */
function merge(
  all: Candidates,
  before: Candidates,
  customer: number,
  { items }: Part,
  found: Candidates,
  place: number,
): void {
  const topK = before.indices.length;
  const atMost = Math.min(topK, items.length);
  const start = customer * topK;
  for (let rank = 0; rank < topK; rank++) {
    before.indices[rank] = all.indices[start + rank];
    before.scores[rank] = all.scores[start + rank];
  }
  let [old, next] = [0, place * atMost];
  const end = next + atMost;
  for (let rank = start; rank < start + topK; rank++) {
    const item = next < end && found.indices[next] >= 0 ? items[found.indices[next]] : -1;
    const [score, beforeScore] = [found.scores[next], before.scores[old]];
    const isBetter =
      item >= 0 && (score > beforeScore || (score === beforeScore && item < before.indices[old]));
    all.indices[rank] = isBetter ? item : before.indices[old];
    all.scores[rank] = isBetter ? score : beforeScore;
    if (isBetter) next++;
    else old++;
  }
}

/** What some customers have of a part of the catalogue, by its own numbers. */
function patternOf({ indptr, indices, values }: Csr, customers: Int32Array, { items, placeOf }: Part): Csr {
  let most = 0;
  for (const customer of customers) most += indptr[customer + 1] - indptr[customer];
  const starts = new Int32Array(customers.length + 1);
  const places = new Int32Array(most);
  let entries = 0;
  customers.forEach((customer, row) => {
    for (let p = indptr[customer]; p < indptr[customer + 1]; p++) {
      const place = placeOf[indices[p]];
      if (place >= 0) places[entries++] = place;
    }
    starts[row + 1] = entries;
  });
  return {
    rows: customers.length,
    columns: items.length,
    indptr: starts,
    indices: places.subarray(0, entries),
    // Nobody reads them.
    values: values.subarray(0, entries),
  };
}

function lengthsOf({ count, factors, values }: Factors): Float64Array {
  const lengths = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let square = 0;
    for (let f = i * factors; f < (i + 1) * factors; f++) square += values[f] * values[f];
    lengths[i] = Math.sqrt(square);
  }
  return lengths;
}

/** Uploads the factors of some things as `[factors, some]`. */
export function columnsOf({ factors, values }: Factors, some: Int32Array): tf.Tensor2D {
  const count = some.length;
  const columns = new Float32Array(count * factors);
  // Few rows at a time, which stay in the cache for all their factors.
  const rowsAtATime = 64;
  for (let from = 0; from < count; from += rowsAtATime) {
    const to = Math.min(count, from + rowsAtATime);
    for (let f = 0; f < factors; f++) {
      for (let row = from; row < to; row++) columns[f * count + row] = values[some[row] * factors + f];
    }
  }
  return tf.tensor2d(columns, [factors, count]);
}

/** The items most like each query; disposes of the queries. */
export async function topOf(
  queries: tf.Tensor2D,
  items: tf.Tensor2D,
  topK: number,
  metric: 'cosine' | 'dot',
  excluded: Csr | undefined,
): Promise<Candidates> {
  const exclude = excluded && csrTensors(excluded);
  const { indices, scores } = cosineTopK(queries, items, { topK, metric, exclude });
  const found = { indices: await indices.data<'int32'>(), scores: await scores.data<'float32'>() };
  tf.dispose([queries, indices, scores]);
  if (exclude) disposeCsr(exclude);
  return found;
}
