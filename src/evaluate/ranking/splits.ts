import { UsageError } from '../../errors.js';
import type { Csr } from '../../ops/index.js';
import { Random } from '../../random.js';
import { type Combine, type Events, interactionsOf } from './events.js';

/** What a recommender learns from, and what it is then asked to foresee. */
export interface Split {
  /** `[customers, items]` */
  train: Csr;
  /** `[customers, items]`, held out. */
  heldOut: Csr;
  /** Places of the events in `train`, ascending: to split them once more. */
  training: Int32Array;
}

export interface SplitOptions {
  /** What several events of a customer with an item come to. binary */
  combine?: Combine;
  /** Whether what the customer had already in training is left out of what is held out. Yes. */
  onlyNew?: boolean;
}

/** Holds out a share of all events, chosen by chance. */
export function randomSplit(
  events: Events,
  { share = 0.2, seed = 0, ...options }: { share?: number; seed?: number } & SplitOptions = {},
): Split {
  const order = new Random(seed).shuffle(Int32Array.from(events.customer.keys()));
  return cut(events, order, Math.round(between(share) * order.length), options);
}

/** Cuts all events by chance into parts of equal size, each of which is held out once. */
export function randomFolds(
  events: Events,
  { folds = 5, seed = 0, ...options }: { folds?: number; seed?: number } & SplitOptions = {},
): Split[] {
  if (!(Number.isInteger(folds) && folds >= 2)) {
    throw new UsageError({ expected: 'at least 2 folds', found: String(folds) });
  }
  const order = new Random(seed).shuffle(Int32Array.from(events.customer.keys()));
  return Array.from({ length: folds }, (_, fold) => {
    const [from, to] = [fold, fold + 1].map(f => Math.floor((f * order.length) / folds));
    const rest = new Int32Array(order.length - (to - from));
    rest.set(order.subarray(0, from));
    rest.set(order.subarray(to), from);
    return splitOf(events, rest, order.subarray(from, to), options);
  });
}

/**
 * Holds out the last `count` events of each customer who has more than those; of events at the same time the
 * one that is later in the data counts as later.
 */
export function leaveLastOut(
  events: Events,
  { count = 1, ...options }: { count?: number } & SplitOptions = {},
): Split {
  if (!(Number.isInteger(count) && count >= 1)) {
    throw new UsageError({ expected: 'to hold out at least 1 event of each customer', found: String(count) });
  }
  const { customers, customer } = events;
  const order = inTime(events);
  const rest = new Int32Array(customers);
  for (const c of customer) rest[c]++;
  for (let c = 0; c < customers; c++) rest[c] = rest[c] > count ? rest[c] - count : rest[c];
  const isTraining = order.map(p => (rest[customer[p]]-- > 0 ? 1 : 0));
  return splitOf(
    events,
    order.filter((_, i) => isTraining[i] === 1),
    order.filter((_, i) => isTraining[i] === 0),
    options,
  );
}

/**
 * Holds out what happened at a point of time or later, as a recommender meets it in service: it knows nothing
 * that is yet to come. The point is `at`, or else such that the latest `share` of all events is held out.
 */
export function timeSplit(
  events: Events,
  { share = 0.2, at, ...options }: { share?: number; at?: number } & SplitOptions = {},
): Split {
  const order = inTime(events);
  const time = events.time!;
  let point = at;
  if (point === undefined) {
    const kept = order.length - Math.round(between(share) * order.length);
    point = kept < order.length ? time[order[kept]] : Number.POSITIVE_INFINITY;
  }
  const first = order.findIndex(p => time[p] >= point);
  return cut(events, order, first < 0 ? 0 : order.length - first, options);
}

function between(share: number): number {
  if (share > 0 && share < 1) return share;
  throw new UsageError({ expected: 'a share between 0 and 1', found: String(share) });
}

function inTime({ time, customer }: Events): Int32Array {
  if (!time) throw new UsageError({ expected: 'events with their times', found: 'none' });
  return Int32Array.from(customer.keys()).sort((a, b) => time[a] - time[b] || a - b);
}

function cut(events: Events, order: Int32Array, last: number, options: SplitOptions): Split {
  const kept = order.length - last;
  return splitOf(events, order.subarray(0, kept), order.subarray(kept), options);
}

function splitOf(
  events: Events,
  training: Int32Array,
  rest: Int32Array,
  { combine = 'binary', onlyNew = true }: SplitOptions,
): Split {
  const train = interactionsOf(events, combine, training);
  const heldOut = interactionsOf(events, combine, rest);
  return { train, heldOut: onlyNew ? without(heldOut, train) : heldOut, training: training.toSorted() };
}

/** The entries of `a` that `b` has not. */
function without(a: Csr, b: Csr): Csr {
  const indptr = new Int32Array(a.rows + 1);
  const kept: number[] = [];
  const ownedBy = new Int32Array(a.columns).fill(-1);
  for (let row = 0; row < a.rows; row++) {
    for (let p = b.indptr[row]; p < b.indptr[row + 1]; p++) ownedBy[b.indices[p]] = row;
    for (let p = a.indptr[row]; p < a.indptr[row + 1]; p++) if (ownedBy[a.indices[p]] !== row) kept.push(p);
    indptr[row + 1] = kept.length;
  }
  return {
    ...a,
    indptr,
    indices: Int32Array.from(kept, p => a.indices[p]),
    values: Float32Array.from(kept, p => a.values[p]),
  };
}
