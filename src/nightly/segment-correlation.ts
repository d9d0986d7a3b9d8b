import type { Tensor2D } from '@tensorflow/tfjs-core';
import { type ColumnTable, columnTable } from '../data/index.js';
import { type CorrelationMethod, correlateFeatures } from '../segment/index.js';
import { numberColumn } from './number-column.js';

/** How the scaled features go together. */
export interface Correlations {
  method: CorrelationMethod;
  features: readonly string[];
  /** `[features, features]`, row by row. */
  values: Float32Array;
}

export async function correlationsOf(
  x: Tensor2D,
  method: CorrelationMethod,
  features: readonly string[],
): Promise<Correlations> {
  return { method, features, values: await correlateFeatures(x, { method, features }) };
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
