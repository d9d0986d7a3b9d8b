/** What customers did so far; NaN for who never bought. */
export interface SpendHistory {
  /** What all purchases came to. */
  spent: ArrayLike<number>;
  /** Time since the first purchase. */
  tenure: ArrayLike<number>;
}

export interface HistoricalValueOptions {
  /** Time looked ahead, in the unit of the tenure. */
  horizon: number;
  /** Share of the spend that is kept. */
  margin?: number;
}

export interface HistoricalValues {
  /** What each customer brought in so far. */
  historicalValue: Float64Array;
  /** What each will bring in within the horizon, going on as before. */
  lifetimeValue: Float64Array;
}

/**
 * Customer value without a model: what a customer spent so far, and the same rate of spending carried on for the horizon.
 * Who has been here for less than the horizon is taken to spend in it what they have spent: a rate of a few days says nothing.
 * It knows nothing of customers who have left; that is what the models are for.
 */
export function historicalValue(
  { spent, tenure }: SpendHistory,
  { horizon, margin = 1 }: HistoricalValueOptions,
): HistoricalValues {
  const past = Float64Array.from(spent, amount => amount * margin);
  return {
    historicalValue: past,
    lifetimeValue: past.map((value, i) => value * Math.min(1, horizon / tenure[i]!)),
  };
}
