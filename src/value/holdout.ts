import { CustomerValue, type CustomerValueOptions } from './customer-value.js';
import type { SummaryColumns } from './purchase-summary.js';
import { unitDays } from './time-unit.js';

/** Some customers whose purchases are cut in two at a day: what a model may learn from, and what it is tested on. */
export interface HoldoutCustomers {
  /** Summary of the purchases before the split; NaN for customers who had not bought yet. */
  calibration: SummaryColumns;
  /** Days with a purchase from the split on, of each customer. */
  purchases: Float64Array;
  /** What these came to. */
  spent: Float64Array;
}

/** What all customers together bought day by day. */
export interface HoldoutDays {
  /** Day by day from the first purchase of all: customers who bought for the first time, before the split. */
  births: Float64Array;
  /** Day by day: their repeat purchases, before and after the split. */
  repeats: Float64Array;
  /** The day of the split, counted from the first purchase of all. */
  split: number;
}

export type HoldoutData = HoldoutCustomers & HoldoutDays;

/** Customers with the same number of repeat purchases before the split. */
export interface HoldoutGroup {
  /** `0` to `6` and `7+`. */
  repeats: string;
  customers: number;
  /** Mean purchases after the split. */
  actual: number;
  predicted: number;
}

/** Repeat purchases until a day. */
export interface TrackingPoint {
  /** Days since the first purchase of all. */
  day: number;
  actual: number;
  predicted: number;
}

export interface HoldoutReport {
  customers: number;
  /** Length of the holdout in days. */
  days: number;
  /** Sums over all customers after the split. */
  purchases: { actual: number; predicted: number };
  revenue: { actual: number; predicted: number };
  /** Mean over customers of |predicted - actual| purchases, and that of everybody going on at their rate of before. */
  meanAbsoluteError: number;
  meanAbsoluteErrorOfRate: number;
  /** Correlation of actual and predicted purchases over customers; null where one of them does not vary. */
  correlation: number | null;
  groups: HoldoutGroup[];
  tracking: TrackingPoint[];
  /** The parameters that were learnt before the split. */
  parameters: Record<string, number>;
}

const LAST_GROUP = 7;

/** Cumulative repeat purchases of all customers: as they were, and as the model expects them of customers of those first days. */
function tracking(model: CustomerValue, { births, repeats }: HoldoutDays): TrackingPoint[] {
  const days = births.length - 1;
  const perUnit = unitDays[model.options.unit];
  const expected = Float64Array.from(births, (_, lag) => model.purchases.expectedPurchases(lag / perUnit));
  const step = days >= 56 ? 7 : 1;
  const points: TrackingPoint[] = [];
  let [actual, next] = [0, 0];
  for (let day = 0; ; day = Math.min(days, day + step)) {
    for (; next <= day; next++) actual += repeats[next]!;
    let predicted = 0;
    for (let birth = 0; birth <= day; birth++)
      if (births[birth]! > 0) predicted += births[birth]! * expected[day - birth]!;
    points.push({ day, actual, predicted });
    if (day === days) return points;
  }
}

/**
 * Fits a model to the purchases before the split and holds its predictions against what came after it, of the customers who had
 * bought before (Fader and Hardie's figures: conditional expectations by frequency, and tracking of cumulative purchases).
 * Customers are added some at a time: memory does not grow with them.
 */
export class Holdout {
  readonly #days: HoldoutDays;
  readonly #model: CustomerValue;
  readonly #groups: HoldoutGroup[] = Array.from({ length: LAST_GROUP + 1 }, (_, x) => ({
    repeats: x < LAST_GROUP ? String(x) : `${x}+`,
    customers: 0,
    actual: 0,
    predicted: 0,
  }));
  readonly #purchases = { actual: 0, predicted: 0 };
  readonly #revenue = { actual: 0, predicted: 0 };
  #customers = 0;
  #error = 0;
  #errorOfRate = 0;
  /** Sums of the squares of actual and predicted purchases, and of their products. */
  readonly #products = { aa: 0, pp: 0, ap: 0 };

  /**
   * @param learnt the customers that the model is fitted to: all, or a sample of them.
   * @throws DataError where there are too few repeat buyers before the split
   */
  constructor(learnt: SummaryColumns, days: HoldoutDays, options: CustomerValueOptions) {
    this.#days = days;
    const horizon = (days.births.length - days.split) / unitDays[options.unit ?? 'week'];
    this.#model = new CustomerValue({ ...options, horizon, discountRate: 0, margin: 1 }).fit(learnt);
  }

  /** Tests the model on customers. */
  add({ calibration, purchases, spent }: HoldoutCustomers): this {
    const found = this.#model.predict(calibration);
    const length = this.#model.options.horizon;
    for (let i = 0; i < calibration.T.length; i++) {
      const x = calibration.frequency[i]!;
      if (Number.isNaN(x)) continue;
      const [actual, predicted] = [purchases[i]!, found.expectedPurchases[i]!];
      const group = this.#groups[Math.min(x, LAST_GROUP)]!;
      this.#customers++;
      group.customers++;
      group.actual += actual;
      group.predicted += predicted;
      this.#purchases.actual += actual;
      this.#purchases.predicted += predicted;
      this.#revenue.actual += spent[i]!;
      this.#revenue.predicted += found.lifetimeValue[i]!;
      this.#error += Math.abs(predicted - actual);
      const rate = calibration.T[i]! > 0 ? x / calibration.T[i]! : 0;
      this.#errorOfRate += Math.abs(rate * length - actual);
      this.#products.aa += actual * actual;
      this.#products.pp += predicted * predicted;
      this.#products.ap += actual * predicted;
    }
    return this;
  }

  /** The figures of the customers so far. */
  report(): HoldoutReport {
    const customers = this.#customers;
    const [purchases, { aa, pp, ap }] = [this.#purchases, this.#products];
    const covariance = ap - (purchases.actual * purchases.predicted) / customers;
    const variances = (aa - purchases.actual ** 2 / customers) * (pp - purchases.predicted ** 2 / customers);
    return {
      customers,
      days: this.#days.births.length - this.#days.split,
      purchases: { ...purchases },
      revenue: { ...this.#revenue },
      meanAbsoluteError: this.#error / customers,
      meanAbsoluteErrorOfRate: this.#errorOfRate / customers,
      correlation: variances > 0 ? covariance / Math.sqrt(variances) : null,
      groups: this.#groups
        .filter(group => group.customers > 0)
        .map(group => ({
          ...group,
          actual: group.actual / group.customers,
          predicted: group.predicted / group.customers,
        })),
      tracking: tracking(this.#model, this.#days),
      parameters: this.#model.purchases.parameters,
    };
  }
}

/** As {@link Holdout}, of customers who are all in memory. */
export function validateHoldout(data: HoldoutData, options: CustomerValueOptions): HoldoutReport {
  return new Holdout(data.calibration, data, options).add(data).report();
}
