import { UsageError } from '../errors.js';

export interface ChurnRiskOptions {
  /** Who is less surely alive than this is taken for gone: money for them is mostly lost. */
  least?: number;
  /** Who is more surely alive than this is not at risk. */
  most?: number;
}

/** One value a customer in each column; NaN for who never bought. */
export interface ChurnRiskColumns {
  /** Chance to be a customer still. */
  alive: ArrayLike<number>;
  /** Value within the horizon, weighted with that chance. */
  lifetimeValue: ArrayLike<number>;
}

export interface ChurnRisk {
  /** Customers at risk, the greatest expected loss first. */
  customers: Int32Array;
  /** Their expected losses. */
  expectedLoss: Float64Array;
}

/**
 * Who may be leaving, and what that would cost. The expected loss of a customer is their value if they are still there,
 * lifetimeValue / alive, times the chance 1 - alive that they are not.
 */
export function churnRisk(
  { alive, lifetimeValue }: ChurnRiskColumns,
  { least = 0.1, most = 0.7 }: ChurnRiskOptions = {},
): ChurnRisk {
  if (!(least > 0 && least <= most && most <= 1)) {
    throw new UsageError({
      key: 'atRisk',
      expected: 'chances to be a customer still with 0 < least <= most <= 1',
      found: `least ${least} and most ${most}`,
    });
  }
  const losses = Float64Array.from(alive, (chance, i) => (lifetimeValue[i]! / chance) * (1 - chance));
  const customers = Int32Array.from(losses.keys())
    .filter(i => alive[i]! >= least && alive[i]! <= most && losses[i]! > 0)
    .sort((i, j) => losses[j]! - losses[i]! || i - j);
  return { customers, expectedLoss: Float64Array.from(customers, i => losses[i]!) };
}
