import { DataError, UsageError } from '../errors.js';

/** What a fitted model knows of the features that it was fitted to. */
export interface ModelFeatures {
  featureCount: number;
  /** Their names, where the fit was told. */
  features?: readonly string[];
}

/** @throws DataError for another number of features than the model's, or for other names. */
export function checkModelFeatures(
  { featureCount, features }: ModelFeatures,
  count: number,
  names?: readonly string[],
): void {
  const sameNames = !names || !features || features.every((name, f) => name === names[f]);
  if (count === featureCount && (names?.length ?? count) === count && sameNames) return;
  const list = (all: readonly string[] | undefined, length: number) =>
    `${length} feature${length === 1 ? '' : 's'}${all ? ` (${all.join(', ')})` : ''}`;
  throw new DataError({
    expected: `the model's ${list(features, featureCount)}`,
    found: list(names, count),
    hint: 'Encode the customers with the encoder that was saved with the model.',
  });
}

/** The features as a saved model has them: their names, or how many. */
export type SavedFeatures = readonly string[] | number;

export function savedFeatures({ features, featureCount }: ModelFeatures): SavedFeatures {
  return features ?? featureCount;
}

export function loadedFeatures(saved: SavedFeatures): ModelFeatures {
  return typeof saved === 'number'
    ? { featureCount: saved, features: undefined }
    : { featureCount: saved.length, features: saved };
}

/** What a fit has left. @throws UsageError before it. */
export function ofFit<T>(fitted: T | undefined): T {
  if (fitted) return fitted;
  throw new UsageError({
    expected: 'a fitted model',
    found: 'one before its fit',
    hint: 'Await fit() first.',
  });
}
