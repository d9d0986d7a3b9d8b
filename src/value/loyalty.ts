/** A tier and the least that it takes; what is left out is not looked at. */
export interface LoyaltyTier {
  name: string;
  /** Purchases on different days, the first one included. */
  purchases?: number;
  /** Days since the first purchase. */
  tenure?: number;
  /** Chance to be a customer still. */
  alive?: number;
}

/** From the highest; the first that a customer reaches is theirs. */
export const LOYALTY_TIERS: readonly LoyaltyTier[] = [
  { name: 'gold', purchases: 8, tenure: 180, alive: 0.7 },
  { name: 'silver', purchases: 4, tenure: 90, alive: 0.6 },
  { name: 'bronze', purchases: 2, alive: 0.5 },
  { name: 'slipping', purchases: 2 },
  { name: 'one-time', purchases: 1 },
];

/** Name of who reaches no tier. */
export const NO_LOYALTY_TIER = 'none';

/** One value a customer in each column; NaN for who never bought. */
export interface LoyaltyColumns {
  purchases: ArrayLike<number>;
  tenure: ArrayLike<number>;
  alive: ArrayLike<number>;
}

export interface Loyalty {
  /** Index into `names`. */
  tier: Int32Array;
  /** The tiers, and `none` at the end. */
  names: string[];
}

/** The highest tier that each customer reaches in purchases, tenure and the chance to be a customer still. */
export function loyaltyTiers(
  { purchases, tenure, alive }: LoyaltyColumns,
  tiers: readonly LoyaltyTier[] = LOYALTY_TIERS,
): Loyalty {
  const tier = new Int32Array(purchases.length).fill(tiers.length);
  for (let i = 0; i < tier.length; i++) {
    const found = tiers.findIndex(
      least =>
        purchases[i]! >= (least.purchases ?? 0) &&
        tenure[i]! >= (least.tenure ?? 0) &&
        alive[i]! >= (least.alive ?? 0),
    );
    if (found >= 0) tier[i] = found;
  }
  return { tier, names: [...tiers.map(({ name }) => name), NO_LOYALTY_TIER] };
}
