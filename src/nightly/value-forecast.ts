import { ranges } from '../customer-column.js';
import {
  closeColumns,
  countCustomers,
  type Database,
  historyTypes,
  type KeptColumns,
  keepPurchaseHistory,
  keptColumns,
  observationEnd,
  type PurchaseHistory,
  type QualityRow,
  readSplitHistory,
} from '../data/index.js';
import { Random } from '../random.js';
import { type ChurnRisk, type ChurnRiskOptions, churnRisk } from '../value/churn-risk.js';
import { CustomerValue, type CustomerValueOptions, type CustomerValues } from '../value/customer-value.js';
import { type HistoricalValues, historicalValue } from '../value/historical-value.js';
import { Holdout, type HoldoutReport } from '../value/holdout.js';
import { LOYALTY_TIERS, type Loyalty, type LoyaltyTier, loyaltyTiers } from '../value/loyalty.js';
import { type TimeUnit, unitDays, unitsOfYear } from '../value/time-unit.js';
import type { Buying } from './buying.js';
import type { Config } from './config/index.js';
import { memoryShares } from './memory-shares.js';

const modelNames = ['probabilityAlive', 'expectedPurchases', 'expectedSpend', 'lifetimeValue'] as const;
const historicalNames = ['historicalValue', 'lifetimeValue'] as const;

/** What is known and expected of each customer. */
type ForecastName =
  | keyof typeof historyTypes
  | (typeof modelNames)[number]
  | (typeof historicalNames)[number];

type HistoryColumns = KeptColumns<typeof historyTypes>;

/** Bytes that fitting the models takes of each customer. */
const bytesOfFit = 100;

/** What customers will bring in, and how surely. */
export interface ValueForecast {
  /** Last day of the observation. */
  end: string;
  unit: TimeUnit;
  /** Time looked ahead, in units. */
  horizon: number;
  /** Purchases so far, in days, and what is expected. */
  columns: KeptColumns<Record<ForecastName, 'float64'>>;
  /** Names of the expectations, in the order of the output. */
  expectations: readonly (keyof CustomerValues | keyof HistoricalValues)[];
  /** Undefined for historical values, which need none. */
  model?: CustomerValue;
  /** Customers that the model was fitted to, where all of them did not fit into memory. */
  fitted?: { sample: number; of: number };
  /** The tiers of loyalty, and who may be leaving; of a model alone. */
  loyalty?: readonly LoyaltyTier[];
  atRisk?: ChurnRiskOptions;
  holdout?: HoldoutReport;
}

/** Times in units instead of days. */
export function inUnits(history: PurchaseHistory, unit: TimeUnit): PurchaseHistory {
  const inUnit = (days: number) => days / unitDays[unit];
  return { ...history, recency: history.recency.map(inUnit), T: history.T.map(inUnit) };
}

/** Purchases of some customers so far, in units. */
export function historyOf(
  { columns, unit }: { columns: HistoryColumns; unit: TimeUnit },
  from: number,
  to: number,
): PurchaseHistory {
  const { frequency, recency, T, monetary } = columns;
  const days = {
    frequency: frequency.part(from, to),
    recency: recency.part(from, to),
    T: T.part(from, to),
    monetary: monetary.part(from, to),
  };
  return inUnits(days, unit);
}

/** The tiers of some customers; undefined without a model. */
export function loyaltyOf(
  { columns, loyalty }: Pick<ValueForecast, 'columns' | 'loyalty'>,
  from: number,
  to: number,
): Loyalty | undefined {
  if (!loyalty) return undefined;
  // Purchases on different days, the first one included; NaN for who never bought.
  const purchases = columns.frequency.part(from, to).map(repeats => repeats + 1);
  const [tenure, alive] = [columns.T.part(from, to), columns.probabilityAlive.part(from, to)];
  return loyaltyTiers({ purchases, tenure, alive }, loyalty);
}

/** Who of some customers may be leaving, by their numbers among these; nobody without a model. */
export function riskOf(
  { columns, atRisk }: Pick<ValueForecast, 'columns' | 'atRisk'>,
  from: number,
  to: number,
): ChurnRisk {
  if (!atRisk) return { customers: new Int32Array(), expectedLoss: new Float64Array() };
  const [alive, lifetimeValue] = [
    columns.probabilityAlive.part(from, to),
    columns.lifetimeValue.part(from, to),
  ];
  return churnRisk({ alive, lifetimeValue }, atRisk);
}

/** The purchases that a model is fitted to: those of all customers, or of a sample where all would not fit into memory. */
function fittedHistory(
  forecast: { columns: HistoryColumns; unit: TimeUnit },
  { memory, seed }: Pick<Config, 'memory' | 'seed'>,
): { history: PurchaseHistory; fitted?: ValueForecast['fitted'] } {
  const customers = forecast.columns.T.length;
  const chance = memoryShares(memory).fitting / (bytesOfFit * customers);
  if (chance >= 1) return { history: historyOf(forecast, 0, customers) };
  const random = new Random(seed);
  const picked: number[][] = [[], [], [], []];
  for (const { from, to } of ranges(customers)) {
    const { frequency, recency, T, monetary } = historyOf(forecast, from, to);
    for (let row = 0; row < to - from; row++) {
      if (random.uniform() >= chance) continue;
      for (const [c, values] of [frequency, recency, T, monetary].entries()) picked[c].push(values[row]);
    }
  }
  const [frequency, recency, T, monetary] = picked.map(values => Float64Array.from(values));
  return { history: { frequency, recency, T, monetary }, fitted: { sample: T.length, of: customers } };
}

/** Tests a model on what customers bought from a day on. */
async function holdoutOf(
  { config, database }: { config: Config; database: Database },
  { end, unit }: Pick<ValueForecast, 'end' | 'unit'>,
  split: string,
  options: CustomerValueOptions,
): Promise<HoldoutReport> {
  const { values: memory } = memoryShares(config.memory);
  const { columns, ...days } = await readSplitHistory(database, { split, end, memory });
  const holdout = new Holdout(fittedHistory({ columns, unit }, config).history, days, options);
  for (const { from, to } of ranges(columns.T.length)) {
    holdout.add({
      calibration: historyOf({ columns, unit }, from, to),
      purchases: columns.purchases.part(from, to),
      spent: columns.spent.part(from, to),
    });
  }
  return holdout.report();
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
 */
export async function valueForecast(
  { config, database, found }: { config: Config; database: Database; found: { quality: QualityRow[] } },
  buying: Pick<Buying, 'part'>,
): Promise<ValueForecast | undefined> {
  const settings = config.value || {};
  const { model: name, unit = 'week', horizon = unitsOfYear(unit), discountRate, margin } = settings;
  if (name === undefined) return undefined;
  const end = await observationEnd(database, config.snapshot);
  const expectations = name === 'historical' ? historicalNames : modelNames;
  const customers = await countCustomers(database);
  const types = Object.fromEntries(expectations.map(expectation => [expectation, 'float64']));
  const columns = keptColumns(
    database,
    { ...historyTypes, ...types } as Record<ForecastName, 'float64'>,
    customers,
    memoryShares(config.memory).values,
  );
  const forecast: ValueForecast = { end, unit, horizon, columns, expectations };
  try {
    await keepPurchaseHistory(database, end, columns);
    if (name === 'historical') {
      for (const { from, to } of ranges(customers)) {
        const spent = buying.part('monetary', from, to);
        const { T: tenure } = historyOf(forecast, from, to);
        const values = historicalValue({ spent, tenure }, { horizon, margin });
        for (const column of historicalNames) await columns[column].write(from, values[column]);
      }
      return forecast;
    }
    const options = { model: name, unit, horizon, discountRate, margin };
    const { history, fitted } = fittedHistory(forecast, config);
    const model = new CustomerValue(options).fit(history);
    found.quality.push(...leftOutRows(model));
    for (const { from, to } of ranges(customers)) {
      const values = model.predict(historyOf(forecast, from, to));
      for (const column of modelNames) await columns[column].write(from, values[column]);
    }
    const { holdout: split, loyalty = LOYALTY_TIERS, atRisk = {} } = settings;
    const holdout =
      split === undefined ? undefined : await holdoutOf({ config, database }, forecast, split, options);
    return { ...forecast, model, fitted, loyalty, atRisk, holdout };
  } finally {
    await closeColumns(columns);
  }
}
