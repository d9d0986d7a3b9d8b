import { type CustomerNumbers, columnOf, gathered } from '../customer-column.js';

/** Values that stand for a whole column; the error of a rank is at most near 1 / √16384. */
const sampleSize = 1 << 14;

/** Where values stand among all customers: 0 is the least, 1 the greatest, of equal values the middle rank. */
export class Ranks {
  readonly #sorted: Float64Array;
  /** Standard deviation of the ranks: 1 / √12 where all values differ. */
  readonly deviation: number;

  /** `values` may hold NaN, which has no rank. */
  constructor(values: CustomerNumbers) {
    const step = Math.max(1, values.length / sampleSize);
    const places = Int32Array.from({ length: Math.min(values.length, sampleSize) }, (_, i) =>
      Math.floor(i * step),
    );
    const sample = gathered(columnOf(values), places);
    this.#sorted = sample.filter(value => !Number.isNaN(value)).sort();
    let squares = 0;
    for (let from = 0; from < this.#sorted.length; ) {
      const to = this.#after(this.#sorted[from], true);
      squares += (to - from) * ((from + to) / 2 / this.#sorted.length - 0.5) ** 2;
      from = to;
    }
    this.deviation = Math.sqrt(squares / Math.max(1, this.#sorted.length));
  }

  /** 0 … 1 */
  of(value: number): number {
    if (this.#sorted.length === 0) return 0.5;
    return (this.#after(value, false) + this.#after(value, true)) / 2 / this.#sorted.length;
  }

  /** The value below which a share of the customers lies, the least one for 0; NaN where there are none. */
  at(share: number): number {
    const place = Math.ceil(share * this.#sorted.length) - 1;
    return this.#sorted[Math.max(0, place)] ?? Number.NaN;
  }

  /** The greatest value less than this one; NaN where there is none. */
  before(value: number): number {
    return this.#sorted[this.#after(value, false) - 1] ?? Number.NaN;
  }

  /** How many are less than the value, or also equal to it. */
  #after(value: number, orEqual: boolean): number {
    const sorted = this.#sorted;
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle] < value || (orEqual && sorted[middle] === value)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
