import type { Vector } from 'apache-arrow';
import {
  type Database,
  observationEnd,
  type PurchaseHistory,
  type QualityRow,
  readCustomerIds,
  readPurchaseHistory,
  readSplitHistory,
} from '../data/index.js';
import { type ChurnRisk, churnRisk } from '../value/churn-risk.js';
import { CustomerValue, type CustomerValues } from '../value/customer-value.js';
import { type HistoricalValues, historicalValue } from '../value/historical-value.js';
import { type HoldoutReport, validateHoldout } from '../value/holdout.js';
import { type Loyalty, loyaltyTiers } from '../value/loyalty.js';
import { type TimeUnit, unitDays, unitsOfYear } from '../value/time-unit.js';
import type { Config } from './config/index.js';

type ValueSettings = Exclude<Config['value'], false>;

/** What customers will bring in, and how surely. */
export interface ValueForecast {
  /** Of the customers, in the order of all columns. */
  ids: Vector;
  /** Last day of the observation. */
  end: string;
  unit: TimeUnit;
  /** Time looked ahead, in units. */
  horizon: number;
  /** Purchases so far, in units. */
  history: PurchaseHistory;
  values: HistoricalValues | CustomerValues;
  /** Undefined for historical values, which need none. */
  model?: CustomerValue;
  loyalty?: Loyalty;
  risk?: ChurnRisk;
  holdout?: HoldoutReport;
}

/** Times in units instead of days. */
export function inUnits(history: PurchaseHistory, unit: TimeUnit): PurchaseHistory {
  const inUnit = (days: number) => days / unitDays[unit];
  return { ...history, recency: history.recency.map(inUnit), T: history.T.map(inUnit) };
}

/** Purchases on different days, the first one included; NaN for who never bought. */
function purchasesOf({ frequency }: PurchaseHistory): Float64Array {
  return frequency.map(repeats => repeats + 1);
}

/** Tiers and risks of what a model expects. */
function judged(
  history: PurchaseHistory,
  values: CustomerValues,
  { loyalty, atRisk }: ValueSettings,
): Pick<ValueForecast, 'loyalty' | 'risk'> {
  const { probabilityAlive: alive, lifetimeValue } = values;
  return {
    loyalty: loyaltyTiers({ purchases: purchasesOf(history), tenure: history.T, alive }, loyalty),
    risk: churnRisk({ alive, lifetimeValue }, atRisk),
  };
}

/** Who a model was not fitted to, as lines of the quality report. */
function leftOutRows({ leftOut, customers }: CustomerValue): QualityRow[] {
  return leftOut.map(({ customers: some, from, because }) => ({
    source: 'transactions',
    rule: `fit of ${from}`,
    column: null,
    rowsIn: customers,
    rowsChanged: some,
    rowsDropped: 0,
    reason: `customers left out: ${because}`,
  }));
}

/**
 * Fits the model of the configuration to the purchases of all customers and predicts what each will bring in; tests it on a holdout
 * where there is to be one. Nothing where the configuration names no model.
 *
 * @param spent what all purchases of each customer came to
 */
export async function valueForecast(
  { config, database, found }: { config: Config; database: Database; found: { quality: QualityRow[] } },
  spent: () => Float64Array,
): Promise<ValueForecast | undefined> {
  const settings = config.value || {};
  const { model: name, unit = 'week', horizon = unitsOfYear(unit), discountRate, margin } = settings;
  if (name === undefined) return undefined;
  const end = await observationEnd(database, config.snapshot);
  const days = await readPurchaseHistory(database, { end });
  const history = inUnits(days, unit);
  const forecast = { ids: await readCustomerIds(database), end, unit, horizon, history };
  if (name === 'historical') {
    return {
      ...forecast,
      values: historicalValue({ spent: spent(), tenure: history.T }, { horizon, margin }),
    };
  }
  const options = { model: name, unit, horizon, discountRate, margin };
  const model = new CustomerValue(options).fit(history);
  found.quality.push(...leftOutRows(model));
  const values = model.predict(history);
  let holdout: HoldoutReport | undefined;
  if (settings.holdout !== undefined) {
    const data = await readSplitHistory(database, { split: settings.holdout, end });
    holdout = validateHoldout({ ...data, calibration: inUnits(data.calibration, unit) }, options);
  }
  return { ...forecast, values, model, ...judged(days, values, settings), holdout };
}
