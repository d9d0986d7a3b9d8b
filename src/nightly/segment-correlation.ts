import type { Tensor2D } from '@tensorflow/tfjs-core';
import { type ColumnTable, type CustomerFeatures, columnTable } from '../data/index.js';
import {
  type CorrelationMethod,
  type CustomerStream,
  correlateFeatures,
  sampleStream,
} from '../segment/index.js';
import { numberColumn } from './number-column.js';

/** How the scaled features go together. */
export interface Correlations {
  method: CorrelationMethod;
  features: readonly string[];
  /** `[features, features]`, row by row. */
  values: Float32Array;
}

/** Customers of a stream by whom correlations are told: right to 0.01. */
const judges = 20_000;

/** How all features go together; of customers of a stream, by a sample. */
export async function correlationsOf(
  x: Tensor2D | CustomerStream,
  method: CorrelationMethod,
  { names: features, rows }: Pick<CustomerFeatures, 'names' | 'rows'>,
  seed: number,
): Promise<Correlations> {
  if (typeof x !== 'function') {
    return { method, features, values: await correlateFeatures(x, { method, features }) };
  }
  const some = await sampleStream(x, rows, judges, seed);
  try {
    return { method, features, values: await correlateFeatures(some, { method, features }) };
  } finally {
    some.dispose();
  }
}

/** One row a feature, with a column for each. */
export function correlationTable({ features, values }: Correlations): ColumnTable {
  return columnTable([
    { name: 'feature', type: 'text', values: features },
    // A feature that is named as the first column is would be in its way.
    ...features.map((name, f) =>
      numberColumn(
        name === 'feature' ? 'feature ' : name,
        Float64Array.from(features, (_, row) => values[row * features.length + f]),
      ),
    ),
  ]);
}
