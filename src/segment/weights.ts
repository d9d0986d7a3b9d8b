import { DataError, UsageError } from '../errors.js';

/**
 * @throws UsageError for another number of weights than customers.
 * @throws DataError for a weight that is negative or not finite, or if all are 0.
 */
export function checkWeights(weights: Float32Array | undefined, customers: number): void {
  if (weights === undefined) return;
  if (weights.length !== customers) {
    throw new UsageError({ expected: `${customers} weights, one per customer`, found: `${weights.length}` });
  }
  checkEachWeight(weights);
  checkSomeWeight(weights.some(weight => weight > 0) ? 1 : 0);
}

/**
 * @param from the number of the first of these customers.
 * @throws DataError for a weight that is negative or not finite.
 */
export function checkEachWeight(weights: Float32Array | undefined, from = 0): void {
  const bad = weights?.findIndex(weight => !(weight >= 0 && weight < Number.POSITIVE_INFINITY)) ?? -1;
  if (bad < 0) return;
  throw new DataError({
    expected: 'weights of at least 0',
    found: `${weights![bad]} for customer ${from + bad} (counted from 0)`,
  });
}

/** @throws DataError if all customers together weigh nothing. */
export function checkSomeWeight(weight: number): void {
  if (weight > 0) return;
  throw new DataError({ expected: 'weights of which one is more than 0', found: 'only 0' });
}
