import type { Column } from '../data/index.js';

/** Numbers of which NaN is a missing value. */
export function numberColumn(name: string, values: Float64Array): Column {
  const valid = new Uint8Array(values.length);
  for (let row = 0; row < valid.length; row++) valid[row] = Number.isNaN(values[row]) ? 0 : 1;
  return { name, type: 'float64', values, ...(valid.includes(0) && { valid }) };
}
