import type { CustomerFeatures } from '../data/index.js';

const columns = ['recency', 'frequency', 'monetary'] as const;

/** Customers that are looked at together. */
const customersAtATime = 65_536;

/**
 * Recency, frequency and monetary value of all customers, NaN for one who never bought. Where they are on disk, a column is
 * in memory for as long as it is looked at.
 */
export class Buying {
  /** @param customers their features, as `findRfm` gives them. */
  constructor(readonly customers: CustomerFeatures) {}

  get rows(): number {
    return this.customers.rows;
  }

  /** A column of some customers, `to` not included. */
  part(name: (typeof columns)[number], from: number, to: number): Float64Array {
    const bought = this.customers.rawPart(columns.indexOf('frequency'), from, to);
    return this.customers
      .rawPart(columns.indexOf(name), from, to)
      .map((value, i) => (bought[i] > 0 ? value : Number.NaN));
  }

  /** A column of all customers, in an array of its own. */
  column(name: (typeof columns)[number]): Float64Array {
    const values = new Float64Array(this.rows);
    for (let from = 0; from < this.rows; from += customersAtATime) {
      values.set(this.part(name, from, Math.min(from + customersAtATime, this.rows)), from);
    }
    return values;
  }
}
