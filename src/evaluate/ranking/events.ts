import { UsageError } from '../../errors.js';
import type { Csr } from '../../ops/index.js';

/** Who had to do with what, when: one entry of each array an event, in any order. */
export interface Events {
  /** Number of customers; `customer` holds numbers below it. */
  customers: number;
  /** Number of items; `item` holds numbers below it. */
  items: number;
  customer: Int32Array;
  item: Int32Array;
  /** In any unit that grows with time; needed by the splits that go by time. */
  time?: Float64Array;
  /** Rating, quantity…; 1 where it is left out. */
  value?: Float32Array;
}

/** The events of these places, with the numbers of customers and items that they have among all. */
export function someEvents(events: Events, places: Int32Array): Events {
  const { customers, items, customer, item, time, value } = events;
  return {
    customers,
    items,
    customer: places.map(p => customer[p]),
    item: places.map(p => item[p]),
    time: time && Float64Array.from(places, p => time[p]),
    value: value && Float32Array.from(places, p => value[p]),
  };
}

/** What becomes of several events of one customer with one item: 1, the sum, the mean, or the value of the last. */
export type Combine = 'binary' | 'sum' | 'mean' | 'last';

/**
 * The events of the places in `chosen` (all where it is left out) as a sparse matrix `[customers, items]`.
 *
 * @throws UsageError for a customer or an item outside the numbers given.
 */
export function interactionsOf(events: Events, combine: Combine = 'binary', chosen?: Int32Array): Csr {
  const { customers, items, customer, item, value, time } = events;
  const places = chosen ?? Int32Array.from(customer.keys());
  for (const p of places) {
    if (!(customer[p] >= 0 && customer[p] < customers && item[p] >= 0 && item[p] < items)) {
      throw new UsageError({
        expected: `events of customers 0 … ${customers - 1} and items 0 … ${items - 1}`,
        found: `customer ${customer[p]} with item ${item[p]}`,
      });
    }
  }
  const at = (p: number) => time?.[p] ?? p;
  const order = places
    .slice()
    .sort((a, b) => customer[a] - customer[b] || item[a] - item[b] || at(a) - at(b) || a - b);
  const indptr = new Int32Array(customers + 1);
  const indices = new Int32Array(order.length);
  const sums = new Float64Array(order.length);
  const counts = new Int32Array(order.length);
  const isSummed = combine === 'sum' || combine === 'mean';
  let entries = 0;
  order.forEach((p, i) => {
    const before = i > 0 ? order[i - 1] : -1;
    const isNew = before < 0 || customer[before] !== customer[p] || item[before] !== item[p];
    if (isNew) {
      indices[entries++] = item[p];
      indptr[customer[p] + 1]++;
    }
    const weight = combine === 'binary' ? 1 : (value?.[p] ?? 1);
    sums[entries - 1] = isSummed ? sums[entries - 1] + weight : weight;
    counts[entries - 1]++;
  });
  for (let row = 0; row < customers; row++) indptr[row + 1] += indptr[row];
  return {
    rows: customers,
    columns: items,
    indptr,
    indices: indices.slice(0, entries),
    values: Float32Array.from({ length: entries }, (_, entry) =>
      combine === 'mean' ? sums[entry] / counts[entry] : sums[entry],
    ),
  };
}
