import { type CustomerColumn, ranges } from '../customer-column.js';

/** How many customers belong to a segment. */
export function countBelonging(labels: CustomerColumn): number {
  let count = 0;
  for (const { from, to } of ranges(labels.length)) {
    const some = labels.part(from, to);
    for (let i = 0; i < to - from; i++) if (some[i] >= 0) count++;
  }
  return count;
}

/** The customers at these places, ascending, among those who belong to a segment. */
export function belongingAt(labels: CustomerColumn, places: Int32Array): Int32Array {
  const customers = new Int32Array(places.length);
  let [seen, found] = [0, 0];
  for (const { from, to } of ranges(labels.length)) {
    const some = labels.part(from, to);
    for (let i = 0; i < to - from && found < places.length; i++) {
      if (some[i] >= 0 && seen++ === places[found]) customers[found++] = from + i;
    }
  }
  return customers;
}
