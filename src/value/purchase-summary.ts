import { DataError } from '../errors.js';

export interface Purchases {
  /** Customer of each purchase, 0 to `customers` - 1. */
  customer: ArrayLike<number>;
  /** When, as a number in the unit that purchases are told apart by, such as days. */
  time: ArrayLike<number>;
  /** What it came to; without it there is no `monetary`. */
  amount?: ArrayLike<number>;
  customers: number;
  /** End of the observation. */
  end: number;
}

/** What the models of purchases and spend are fitted to; NaN throughout for a customer without purchases. */
export interface SummaryColumns {
  frequency: Float64Array;
  recency: Float64Array;
  T: Float64Array;
  monetary: Float64Array;
}

/**
 * The summary that models of repeat buying use, as in the literature and unlike that of RFM: purchases within one whole unit of
 * time are one purchase; frequency counts repeat purchases, recency is the time from the first to the last, T from the first to
 * the end, and monetary the mean value of the repeat purchases (0 without).
 * @throws DataError for a purchase after the end.
 */
export function summarisePurchases({ customer, time, amount, customers, end }: Purchases): SummaryColumns {
  const n = customer.length;
  const starts = new Int32Array(customers + 1);
  for (let i = 0; i < n; i++) {
    if (Math.floor(time[i]!) > Math.floor(end)) {
      const hint = 'Leave purchases after the end of the observation out, or move the end.';
      throw new DataError({
        column: 'time',
        line: i + 1,
        expected: `at most ${end}`,
        found: String(time[i]),
        hint,
      });
    }
    starts[customer[i]! + 1]!++;
  }
  for (let c = 0; c < customers; c++) starts[c + 1]! += starts[c]!;
  const next = starts.slice();
  const order = new Int32Array(n);
  for (let i = 0; i < n; i++) order[next[customer[i]!]!++] = i;

  const [frequency, recency, T, monetary] = Array.from({ length: 4 }, () =>
    new Float64Array(customers).fill(Number.NaN),
  );
  for (let c = 0; c < customers; c++) {
    const own = order.subarray(starts[c]!, starts[c + 1]!).sort((i, j) => time[i]! - time[j]!);
    if (own.length === 0) continue;
    const first = Math.floor(time[own[0]!]!);
    let last = first;
    let repeats = 0;
    let spent = 0;
    for (const i of own) {
      const when = Math.floor(time[i]!);
      if (when > last) repeats++;
      if (when > first) spent += amount?.[i] ?? 0;
      last = when;
    }
    frequency![c] = repeats;
    recency![c] = last - first;
    T![c] = Math.floor(end) - first;
    monetary![c] = repeats > 0 ? spent / repeats : 0;
  }
  return { frequency: frequency!, recency: recency!, T: T!, monetary: monetary! };
}
