import type { Vector } from 'apache-arrow';
import {
  countCustomers,
  customerIdBatches,
  type Database,
  integerVector,
  KeptColumns,
  observationEnd,
  type PurchaseHistory,
  purchaseHistoryBatches,
  type QualityRow,
  readSplitHistory,
  textVector,
} from '../data/index.js';
import { Random } from '../random.js';
import { type ChurnRisk, churnRisk } from '../value/churn-risk.js';
import { CustomerValue, type CustomerValues } from '../value/customer-value.js';
import { type HistoricalValues, historicalValue } from '../value/historical-value.js';
import { type HoldoutReport, validateHoldout } from '../value/holdout.js';
import { LOYALTY_TIERS, type Loyalty, loyaltyTiers } from '../value/loyalty.js';
import { type TimeUnit, unitDays, unitsOfYear } from '../value/time-unit.js';
import type { Buying } from './buying.js';
import type { Config } from './config/index.js';
import { memoryShares } from './memory-shares.js';

type ValueSettings = Exclude<Config['value'], false>;

const historyNames = ['frequency', 'recency', 'T', 'monetary'] as const;
const modelNames = ['probabilityAlive', 'expectedPurchases', 'expectedSpend', 'lifetimeValue'] as const;
const historicalNames = ['historicalValue', 'lifetimeValue'] as const;

/** What is known and expected of each customer. */
type ForecastName =
  | (typeof historyNames)[number]
  | (typeof modelNames)[number]
  | (typeof historicalNames)[number];

/** Customers of a batch. */
const customersAtATime = 65_536;

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
  columns: KeptColumns<ForecastName>;
  /** Names of the expectations, in the order of the output. */
  expectations: readonly (keyof CustomerValues | keyof HistoricalValues)[];
  /** Undefined for historical values, which need none. */
  model?: CustomerValue;
  /** Customers that the model was fitted to, where all of them did not fit into memory. */
  fitted?: { sample: number; of: number };
  loyalty?: Loyalty;
  /** Who may be leaving, with their ids. */
  risk?: ChurnRisk & { ids: Vector };
  holdout?: HoldoutReport;
}

/** Times in units instead of days. */
export function inUnits(history: PurchaseHistory, unit: TimeUnit): PurchaseHistory {
  const inUnit = (days: number) => days / unitDays[unit];
  return { ...history, recency: history.recency.map(inUnit), T: history.T.map(inUnit) };
}

/** Purchases of some customers so far, in units; of all unless told. */
export function historyOf(
  { columns, unit }: Pick<ValueForecast, 'columns' | 'unit'>,
  from?: number,
  to?: number,
): PurchaseHistory {
  const [frequency, recency, T, monetary] = historyNames.map(name => columns.part(name, from, to));
  return inUnits({ frequency, recency, T, monetary }, unit);
}

/** Purchases on different days, the first one included; NaN for who never bought. */
function purchasesOf(frequency: Float64Array): Float64Array {
  return frequency.map(repeats => repeats + 1);
}

/** The tier of each customer. */
function loyaltyOf(columns: KeptColumns<ForecastName>, tiers: ValueSettings['loyalty']): Loyalty {
  const all: Loyalty = {
    tier: new Int32Array(columns.rows),
    names: loyaltyTiers({ purchases: [], tenure: [], alive: [] }, tiers ?? LOYALTY_TIERS).names,
  };
  for (const { from, to } of columns.ranges()) {
    const some = {
      purchases: purchasesOf(columns.part('frequency', from, to)),
      tenure: columns.part('T', from, to),
      alive: columns.part('probabilityAlive', from, to),
    };
    all.tier.set(loyaltyTiers(some, tiers).tier, from);
  }
  return all;
}

/** Ids of customers, by their numbers among all. */
async function idsOf(database: Database, customers: Int32Array): Promise<Vector> {
  const order = Int32Array.from(customers.keys()).sort((i, j) => customers[i] - customers[j]);
  const ids: (string | bigint)[] = new Array(customers.length);
  let [place, first] = [0, 0];
  for await (const batch of customerIdBatches(database, customersAtATime)) {
    for (; place < order.length && customers[order[place]] < first + batch.length; place++) {
      ids[order[place]] = batch.get(customers[order[place]] - first);
    }
    first += batch.length;
  }
  const isText = ids.every((id): id is string => typeof id === 'string');
  return isText ? textVector(ids) : integerVector(BigInt64Array.from(ids, BigInt));
}

/** Who is at risk among all customers. */
function riskOf(columns: KeptColumns<ForecastName>, options: ValueSettings['atRisk']): ChurnRisk {
  const customers: number[] = [];
  const losses: number[] = [];
  for (const { from, to } of columns.ranges()) {
    const some = churnRisk(
      {
        alive: columns.part('probabilityAlive', from, to),
        lifetimeValue: columns.part('lifetimeValue', from, to),
      },
      options,
    );
    for (const customer of some.customers) customers.push(from + customer);
    for (const loss of some.expectedLoss) losses.push(loss);
  }
  const order = Int32Array.from(customers.keys()).sort(
    (i, j) => losses[j] - losses[i] || customers[i] - customers[j],
  );
  return {
    customers: Int32Array.from(order, i => customers[i]),
    expectedLoss: Float64Array.from(order, i => losses[i]),
  };
}

/** The purchases that a model is fitted to: those of all customers, or of a sample where all would not fit into memory. */
function fittedHistory(
  forecast: Pick<ValueForecast, 'columns' | 'unit'>,
  { memory, seed }: Pick<Config, 'memory' | 'seed'>,
): { history: PurchaseHistory; fitted?: ValueForecast['fitted'] } {
  const { rows } = forecast.columns;
  const chance = memoryShares(memory).fitting / (bytesOfFit * rows);
  if (chance >= 1) return { history: historyOf(forecast) };
  const random = new Random(seed);
  const picked = historyNames.map((): number[] => []);
  for (const { from, to } of forecast.columns.ranges()) {
    const some = historyOf(forecast, from, to);
    for (let row = 0; row < to - from; row++) {
      if (random.uniform() >= chance) continue;
      for (const [c, name] of historyNames.entries()) picked[c].push(some[name][row]);
    }
  }
  const [frequency, recency, T, monetary] = picked.map(values => Float64Array.from(values));
  return { history: { frequency, recency, T, monetary }, fitted: { sample: T.length, of: rows } };
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
  const columns = KeptColumns.create<ForecastName>(
    database,
    [...historyNames, ...expectations],
    await countCustomers(database),
    memoryShares(config.memory).values,
  );
  const forecast: ValueForecast = { end, unit, horizon, columns, expectations };
  try {
    let first = 0;
    for await (const days of purchaseHistoryBatches(database, { end, size: customersAtATime })) {
      for (const column of historyNames) await columns.write(column, first, days[column]);
      first += days.T.length;
    }
    if (name === 'historical') {
      for (const { from, to } of columns.ranges()) {
        const spent = buying.part('monetary', from, to);
        const { T: tenure } = historyOf(forecast, from, to);
        const values = historicalValue({ spent, tenure }, { horizon, margin });
        for (const column of historicalNames) await columns.write(column, from, values[column]);
      }
      return forecast;
    }
    const options = { model: name, unit, horizon, discountRate, margin };
    const { history, fitted } = fittedHistory(forecast, config);
    const model = new CustomerValue(options).fit(history);
    found.quality.push(...leftOutRows(model));
    for (const { from, to } of columns.ranges()) {
      const values = model.predict(historyOf(forecast, from, to));
      for (const column of modelNames) await columns.write(column, from, values[column]);
    }
    let holdout: HoldoutReport | undefined;
    if (settings.holdout !== undefined) {
      const data = await readSplitHistory(database, { split: settings.holdout, end });
      holdout = validateHoldout({ ...data, calibration: inUnits(data.calibration, unit) }, options);
    }
    const risk = riskOf(columns, settings.atRisk);
    return {
      ...forecast,
      model,
      fitted,
      loyalty: loyaltyOf(columns, settings.loyalty),
      risk: { ...risk, ids: await idsOf(database, risk.customers) },
      holdout,
    };
  } finally {
    await columns.close();
  }
}
