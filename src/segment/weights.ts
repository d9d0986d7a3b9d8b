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
  const bad = weights.findIndex(weight => !(weight >= 0 && weight < Number.POSITIVE_INFINITY));
  if (bad >= 0) {
    throw new DataError({
      expected: 'weights of at least 0',
      found: `${weights[bad]} for customer ${bad} (counted from 0)`,
    });
  }
  if (weights.every(weight => weight === 0)) {
    throw new DataError({ expected: 'weights of which one is more than 0', found: 'only 0' });
  }
}
