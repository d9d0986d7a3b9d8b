import { type CustomerColumn, columnOf, gathered } from '../../customer-column.js';
import type { CustomerFeatures } from '../../data/index.js';
import type { Attributes } from '../../recommend/index.js';

/** The circles of some customers by their numbers among all, -1 for one of number -1. */
export function codesOf({ codes }: { codes: CustomerColumn<Int32Array> }, customers: Int32Array): Int32Array {
  return Int32Array.from(gathered(codes, customers, -1));
}

/** The same circles of these customers alone. */
export function circlesIn<T extends { codes: CustomerColumn<Int32Array> }>(
  circles: T,
  customers: Int32Array,
): T {
  return { ...circles, codes: columnOf(codesOf(circles, customers)) };
}

/** What is known of some customers by their numbers among all, zeros for one of number -1. */
export function attributesOf(profiles: CustomerFeatures, customers: Int32Array): Attributes {
  const values = new Float32Array(profiles.columns * customers.length);
  for (let feature = 0; feature < profiles.columns; feature++) {
    values.set(gathered(profiles.scaled(feature), customers, 0), feature * customers.length);
  }
  return { values, features: profiles.columns, customers: customers.length };
}
