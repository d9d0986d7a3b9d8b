import { DataError } from '../errors.js';
import type { FittedJson } from './fitted-model.js';
import { GammaGamma } from './gamma-gamma.js';
import { lifetimeValue } from './lifetime-value.js';
import type { PurchaseModel } from './purchase-model.js';
import { type PurchaseModelName, purchaseModels } from './purchase-models.js';
import type { SummaryColumns } from './purchase-summary.js';
import { type TimeUnit, unitDays, unitsOfYear } from './time-unit.js';

export interface CustomerValueOptions {
  /** How customers buy and leave. BG/NBD: the usual first choice, quick and close to Pareto/NBD. */
  model?: PurchaseModelName;
  /** Unit of the summary's times. Weeks, as in most of the literature. */
  unit?: TimeUnit;
  /** Time looked ahead, in units. A year unless told. */
  horizon?: number;
  /** Interest of a year. 0.1: a tenth, the order of what a shop pays for its capital. */
  discountRate?: number;
  /** Share of the spend that is kept. 1: values are revenue, not profit. */
  margin?: number;
}

/** Customers that a model did not learn from. */
export interface LeftOut {
  customers: number;
  /** The model, as people call it. */
  from: string;
  because: string;
}

/** What is expected of each customer; NaN for who never bought. */
export interface CustomerValues {
  /** Chance to be a customer still. */
  probabilityAlive: Float64Array;
  /** Purchases within the horizon. */
  expectedPurchases: Float64Array;
  /** Mean value of a purchase. */
  expectedSpend: Float64Array;
  /** Purchases within the horizon times their value, in today's money. */
  lifetimeValue: Float64Array;
}

/** A fitted `CustomerValue` as JSON. */
export interface CustomerValueJson extends Required<CustomerValueOptions> {
  purchases: FittedJson;
  spend: FittedJson;
  customers: number;
  repeatBuyers: number;
  typicalSpend: number;
  correlation: number | null;
  converged: boolean;
  leftOut: LeftOut[];
}

/** Four parameters from fewer customers than this would be a guess. */
const LEAST_REPEAT_BUYERS = 10;

/** Who bought, of customers with NaN where nobody did. */
function buyers({ T }: SummaryColumns): Int32Array {
  return Int32Array.from(T.keys()).filter(customer => !Number.isNaN(T[customer]!));
}

function gathered(columns: SummaryColumns, rows: Int32Array): SummaryColumns {
  const pick = (values: Float64Array) => Float64Array.from(rows, row => values[row]!);
  const { frequency, recency, T, monetary } = columns;
  return { frequency: pick(frequency), recency: pick(recency), T: pick(T), monetary: pick(monetary) };
}

/** Pearson correlation; NaN where one side does not vary. */
function correlationOf(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const n = x.length;
  let [meanX, meanY, xx, yy, xy] = [0, 0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const dx = x[i]! - meanX;
    const dy = y[i]! - meanY;
    meanX += dx / (i + 1);
    meanY += dy / (i + 1);
    xx += dx * (x[i]! - meanX);
    yy += dy * (y[i]! - meanY);
    xy += dx * (y[i]! - meanY);
  }
  return xy / Math.sqrt(xx * yy);
}

/** A model of repeat buying and one of spend together: what each customer will bring in. */
export class CustomerValue {
  readonly options: Required<CustomerValueOptions>;
  purchases: PurchaseModel;
  spend = new GammaGamma();
  /** Customers that the models were fitted to. */
  customers = 0;
  /** Those of them who bought again. */
  repeatBuyers = 0;
  /**
   * Of the number and the mean value of repeat purchases. Gamma-Gamma takes them to be unrelated; beyond 0.3 or so
   * its spend of frequent buyers is biased.
   */
  correlation = Number.NaN;
  leftOut: LeftOut[] = [];
  /** Mean value of all repeat purchases, for who Gamma-Gamma has no finite mean for. */
  #typicalSpend = Number.NaN;

  constructor(options: CustomerValueOptions = {}) {
    const { model = 'bg-nbd', unit = 'week', discountRate = 0.1, margin = 1 } = options;
    const { horizon = unitsOfYear(unit) } = options;
    this.options = { model, unit, horizon, discountRate, margin };
    this.purchases = new purchaseModels[model]();
  }

  /**
   * Learns from all customers who bought (T not NaN); the model of spend from those with repeat purchases of a value above 0.
   * @throws DataError for fewer than 10 customers who bought again
   */
  fit(summary: SummaryColumns): this {
    const rows = buyers(summary);
    const { frequency, recency, T, monetary } = gathered(summary, rows);
    this.customers = rows.length;
    const again = Int32Array.from(frequency.keys()).filter(i => frequency[i]! > 0);
    this.repeatBuyers = again.length;
    if (again.length < LEAST_REPEAT_BUYERS) {
      throw new DataError({
        expected: `at least ${LEAST_REPEAT_BUYERS} customers who bought again on another day, to fit a model of purchases to`,
        found: `${again.length === 0 ? 'none' : again.length} among ${rows.length.toLocaleString('en')}`,
        hint: 'Give a longer history or more customers, or take the model "historical", which needs no fit.',
      });
    }
    this.purchases.fit({ frequency, recency, T });
    this.spend.fit({ frequency, monetary });
    const paying = again.filter(i => monetary[i]! > 0);
    this.correlation = correlationOf(
      Float64Array.from(paying, i => frequency[i]!),
      Float64Array.from(paying, i => monetary[i]!),
    );
    let [spent, purchases] = [0, 0];
    for (const i of paying) {
      spent += frequency[i]! * monetary[i]!;
      purchases += frequency[i]!;
    }
    this.#typicalSpend = spent / purchases;
    this.leftOut = [
      {
        customers: summary.T.length - rows.length,
        from: this.purchases.name,
        because: 'they never bought: they have no values',
      },
      {
        customers: rows.length - again.length,
        from: this.spend.name,
        because: 'their first purchase is the only one: they are expected to spend what all do',
      },
      {
        customers: this.spend.leftOut,
        from: this.spend.name,
        because: 'their repeat purchases did not come to more than 0: they are expected to spend what all do',
      },
    ].filter(({ customers }) => customers > 0);
    return this;
  }

  /** What is expected of customers, those of `fit` or others. */
  predict(summary: SummaryColumns): CustomerValues {
    const rows = buyers(summary);
    const own = gathered(summary, rows);
    const { horizon, margin } = this.options;
    const spread = (values: Float64Array) => {
      const all = new Float64Array(summary.T.length).fill(Number.NaN);
      rows.forEach((row, i) => {
        all[row] = values[i]!;
      });
      return all;
    };
    const spend = this.#spend(own);
    const finite = { predict: () => spend };
    const value = lifetimeValue(
      own,
      { purchases: this.purchases, spend: finite },
      { horizon, margin, ...this.#periods() },
    );
    return {
      probabilityAlive: spread(this.purchases.probabilityAlive(own)),
      expectedPurchases: spread(this.purchases.predict(own, horizon)),
      expectedSpend: spread(spend),
      lifetimeValue: spread(value),
    };
  }

  #spend(summary: SummaryColumns): Float64Array {
    return this.spend.predict(summary).map(value => (Number.isFinite(value) ? value : this.#typicalSpend));
  }

  /** Money is counted at the end of each month or so, whatever the unit of time. */
  #periods(): { periods: number; discountRate: number } {
    const { unit, horizon, discountRate } = this.options;
    const years = (horizon * unitDays[unit]) / unitDays.year;
    const periods = Math.max(1, Math.round(12 * years));
    return { periods, discountRate: (1 + discountRate) ** (years / periods) - 1 };
  }

  toJSON(): CustomerValueJson {
    return {
      ...this.options,
      purchases: this.purchases.toJSON(),
      spend: this.spend.toJSON(),
      customers: this.customers,
      repeatBuyers: this.repeatBuyers,
      typicalSpend: this.#typicalSpend,
      correlation: Number.isNaN(this.correlation) ? null : this.correlation,
      converged: this.purchases.converged && this.spend.converged,
      leftOut: this.leftOut,
    };
  }

  static fromJSON(json: CustomerValueJson): CustomerValue {
    const model = new CustomerValue(json);
    model.purchases = purchaseModels[json.model].fromJSON(json.purchases);
    model.spend = GammaGamma.fromJSON(json.spend);
    const { customers, repeatBuyers, leftOut, correlation } = json;
    Object.assign(model, { customers, repeatBuyers, leftOut, correlation: correlation ?? Number.NaN });
    model.#typicalSpend = json.typicalSpend;
    return model;
  }
}
