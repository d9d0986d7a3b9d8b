import { UsageError } from '../errors.js';
import type { GammaGamma } from './gamma-gamma.js';
import type { PurchaseModel, PurchaseSummary } from './purchase-model.js';

export interface LifetimeValueOptions {
  /** Time looked ahead, in the unit of the summary. */
  horizon: number;
  /** Equal parts of the horizon, at whose ends money is counted. 12: the months of a year. */
  periods?: number;
  /** Interest of one period. 0.01: about an eighth a year for months. */
  discountRate?: number;
  /** Share of the spend that is kept. */
  margin?: number;
}

/**
 * Value of each customer's purchases to come within the horizon, in today's money:
 * Σ over periods of (purchases expected in it) × (mean value of a purchase) × margin / (1 + discountRate)^period.
 */
export function lifetimeValue(
  summary: PurchaseSummary & { monetary: ArrayLike<number> },
  { purchases, spend }: { purchases: PurchaseModel; spend: Pick<GammaGamma, 'predict'> },
  { horizon, periods = 12, discountRate = 0.01, margin = 1 }: LifetimeValueOptions,
): Float64Array {
  if (!(horizon > 0))
    throw new UsageError({ key: 'horizon', expected: 'a time above 0', found: String(horizon) });
  if (!(Number.isInteger(periods) && periods > 0)) {
    throw new UsageError({ key: 'periods', expected: 'a whole number above 0', found: String(periods) });
  }
  if (!(discountRate > -1)) {
    throw new UsageError({
      key: 'discountRate',
      expected: 'a rate such as 0.01',
      found: String(discountRate),
    });
  }
  const value = spend.predict(summary);
  const count = purchases.discountedPurchases(summary, { horizon, periods, discountRate });
  return count.map((expected, i) => expected * value[i]! * margin);
}
