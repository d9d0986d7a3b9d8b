import { missingValue, noLogarithm } from './feature-problems.js';
import type { FittedFeature } from './fitted-feature.js';
import { applyScale } from './scaler.js';

export interface FeatureBatch {
  /** Feature-major `[columns, rows]`. */
  values: Float32Array;
  /** The columns before scaling, missing values filled in, for profiles. */
  raw: Float64Array[];
}

/** Numbers with NaN where there is none; or codes of categories, -2 where there is none and -1 where it is unknown. */
export type RawColumn = Float64Array | Int32Array;

/** Fills missing values in place; an error where the feature takes nothing for them. */
function fillMissing(feature: FittedFeature, column: RawColumn, idOf: (row: number) => string): void {
  const { missing, categories } = feature;
  const isMissing = categories ? (value: number) => value === -2 : Number.isNaN;
  const fill = categories ? categories.indexOf(String(missing)) : (missing as number);
  let count = 0;
  let first = -1;
  for (let row = 0; row < column.length; row++) {
    if (!isMissing(column[row])) continue;
    if (count++ === 0) first = row;
    if (missing !== null) column[row] = fill;
  }
  if (count > 0 && missing === null)
    throw missingValue({ ...feature, categorical: categories !== undefined }, count, idOf(first));
}

/**
 * Encodes one feature of a batch, appending its columns to `batch`.
 *
 * @param idOf the customer in a row, for what there is to complain of.
 */
export function encodeFeature(
  feature: FittedFeature,
  column: RawColumn,
  idOf: (row: number) => string,
  batch: FeatureBatch,
): void {
  fillMissing(feature, column, idOf);
  for (const [category, { name, scales }] of feature.columns.entries()) {
    const raw = feature.categories
      ? Float64Array.from(column, code => (code === category ? 1 : 0))
      : (column as Float64Array);
    const scaled = raw.slice();
    for (const scale of scales) {
      const invalid = applyScale(scale, scaled);
      if (invalid >= 0) throw noLogarithm(scale.kind, scaled[invalid], name, idOf(invalid));
    }
    batch.values.set(scaled, batch.raw.length * column.length);
    batch.raw.push(raw);
  }
}
