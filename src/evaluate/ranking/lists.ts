import { UsageError } from '../../errors.js';
import type { Csr } from '../../ops/index.js';

/** Lists of recommended items, as every recommender gives them. */
export interface RankedLists {
  customers: number;
  /** Places of each list. */
  count: number;
  /** `[customers, count]`, best first; -1 in the empty places at the end. */
  items: Int32Array;
}

/** The first `k` items of a customer's list, without empty places. */
export function listOf({ count, items }: RankedLists, customer: number, k: number): Int32Array {
  const start = customer * count;
  let end = start;
  while (end < start + Math.min(k, count) && items[end] >= 0) end++;
  return items.subarray(start, end);
}

/** @throws UsageError unless the lists are of the customers of the matrix and have `k` places. */
export function checkLists({ customers, count }: RankedLists, matrix: Csr, k: number): void {
  if (customers !== matrix.rows) {
    throw new UsageError({ expected: `lists for ${matrix.rows} customers`, found: `${customers}` });
  }
  checkPlaces(count, k);
}

/** @throws UsageError unless lists of `count` places have `k`. */
export function checkPlaces(count: number, k: number): void {
  if (!(Number.isInteger(k) && k >= 1 && k <= count)) {
    throw new UsageError({
      expected: `k to be a whole number of 1 … ${count}`,
      found: String(k),
      hint: 'Recommend as many items as the metric looks at.',
    });
  }
}
