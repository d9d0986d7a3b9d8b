import type { Column } from '../data/index.js';

/** Numbers of which NaN is a missing value. */
export function numberColumn(name: string, values: Float64Array): Column {
  const valid = Uint8Array.from(values, value => (Number.isNaN(value) ? 0 : 1));
  return { name, type: 'float64', values, ...(valid.includes(0) && { valid }) };
}
