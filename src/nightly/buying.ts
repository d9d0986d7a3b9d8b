import type { CustomerColumn } from '../customer-column.js';
import type { CustomerFeatures } from '../data/index.js';

const columns = ['recency', 'frequency', 'monetary'] as const;

type BuyingColumn = (typeof columns)[number];

/** Recency, frequency and monetary value of all customers, in memory or on disk; NaN for one who never bought. */
export class Buying {
  /** @param customers their features, as `findRfm` gives them. */
  constructor(readonly customers: CustomerFeatures) {}

  get rows(): number {
    return this.customers.rows;
  }

  /** A column of some customers, `to` not included. */
  part(name: BuyingColumn, from: number, to: number): Float64Array {
    const bought = this.#feature('frequency').part(from, to);
    return this.#feature(name)
      .part(from, to)
      .map((value, i) => (bought[i] > 0 ? value : Number.NaN));
  }

  /** A column of all customers. */
  column(name: BuyingColumn): CustomerColumn<Float64Array> {
    return { length: this.rows, part: (from, to) => this.part(name, from, to) };
  }

  #feature(name: BuyingColumn): CustomerColumn<Float64Array> {
    return this.customers.raw(columns.indexOf(name));
  }
}
