import type { Collapsed } from './collapse.js';

/** The distinct values of a column. */
interface Distinct {
  values: Float64Array;
  /** For each row the place of its value in `values`. */
  index: Int32Array;
}

/**
 * Distinct customers, those of one frequency next to each other, with the distinct values of each column, on which alone
 * most terms of a likelihood depend.
 */
export interface Histories {
  /** Distinct frequencies, ascending. */
  frequencies: Float64Array;
  /** `[frequencies + 1]`, the first row of each frequency, and the end. */
  starts: Int32Array;
  /** How many customers each row stands for. */
  counts: Float64Array;
  /** Customers of each frequency. */
  customers: Float64Array;
  recency: Distinct;
  T: Distinct;
  /** All customers. */
  weight: number;
}

function distinct(column: Float64Array): Distinct {
  const places = new Map<number, number>();
  const index = new Int32Array(column.length);
  for (let i = 0; i < index.length; i++) {
    let place = places.get(column[i]!);
    if (place === undefined) {
      place = places.size;
      places.set(column[i]!, place);
    }
    index[i] = place;
  }
  return { values: Float64Array.from(places.keys()), index };
}

/** Brings rows of the columns frequency, recency and T into the order of a likelihood's sums. */
export function historiesOf({ columns: [x, tx, T], counts }: Collapsed): Histories {
  const found = distinct(x!);
  const frequencies = found.values.slice().sort();
  const rank = new Map(Array.from(frequencies, (value, place) => [value, place]));
  const place = Int32Array.from(found.values, value => rank.get(value)!);
  const starts = new Int32Array(frequencies.length + 1);
  for (const value of found.index) starts[place[value]! + 1]!++;
  for (let k = 0; k < frequencies.length; k++) starts[k + 1]! += starts[k]!;
  const next = starts.slice();
  const order = new Int32Array(counts.length);
  for (let i = 0; i < order.length; i++) order[next[place[found.index[i]!]!]!++] = i;
  const sorted = (values: Float64Array) => {
    const result = new Float64Array(order.length);
    for (let i = 0; i < order.length; i++) result[i] = values[order[i]!]!;
    return result;
  };
  const sortedCounts = sorted(counts);
  const customers = frequencies.map((_, k) =>
    sortedCounts.subarray(starts[k], starts[k + 1]).reduce((sum, count) => sum + count, 0),
  );
  return {
    frequencies,
    starts,
    counts: sortedCounts,
    customers,
    recency: distinct(sorted(tx!)),
    T: distinct(sorted(T!)),
    weight: customers.reduce((sum, count) => sum + count, 0),
  };
}
