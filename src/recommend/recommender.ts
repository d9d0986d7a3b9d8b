import { UsageError } from '../errors.js';
import type { Csr } from '../ops/index.js';
import type { Recommendations } from './recommendations.js';

export interface RunOptions {
  /** Told after each batch how many rows are done. */
  onProgress?: (done: number, total: number) => void;
  /** Stops the work between two batches. */
  signal?: AbortSignal;
}

export interface RecommendOptions extends RunOptions {
  /** Items for each customer. 10 */
  count?: number;
  /** Whether only items are recommended that the customer has not got. Yes. */
  excludeOwned?: boolean;
  /** Whether places that the method itself leaves empty are filled with what is popular. Yes. */
  fill?: boolean;
  /**
   * `[rows]`, the numbers that the customers had in the fit, -1 for one who was not in it. Only some
   * recommenders ask for it: those that know something of a customer beyond the row.
   */
  customers?: Int32Array;
  /** `[items]`, 0 for items that nobody may be recommended. Default: all may. */
  candidates?: Uint8Array;
}

/** Whatever gives customers items: `rows` is `[customers, items]`, what they have. */
export interface Recommender {
  recommend(rows: Csr, options?: RecommendOptions): Promise<Recommendations>;
}

/** @throws UsageError unless `value` is a whole number of at least 1, which it returns. */
export function atLeastOne(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new UsageError({ expected: `${name} to be a whole number of at least 1`, found: String(value) });
}

/** @throws UsageError if the customers have other items than those of the model. */
export function checkCatalogue(rows: Csr, items: number): void {
  if (rows.columns === items) return;
  throw new UsageError({
    expected: `customers with the ${items} items of the model`,
    found: `${rows.columns} items`,
    hint: 'Number the items as in the fit.',
  });
}

/** @throws UsageError, since there is no model before the fit. */
export function notFitted(): never {
  throw new UsageError({
    expected: 'a fitted model',
    found: 'one before its fit',
    hint: 'Await fit() first.',
  });
}
