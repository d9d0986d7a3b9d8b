import { type CustomerColumn, ranges } from '../customer-column.js';
import { customerIdBatches, type Database, idText } from '../data/index.js';
import type { CustomerValueJson } from '../value/customer-value.js';
import type { HoldoutReport } from '../value/holdout.js';
import { NO_LOYALTY_TIER } from '../value/loyalty.js';
import type { TimeUnit } from '../value/time-unit.js';
import { loyaltyOf, riskOf, type ValueForecast } from './value-forecast.js';

/** The customers of one tier of loyalty together. */
export interface LoyaltyGroup {
  tier: string;
  customers: number;
  /** Sum of their lifetime values. */
  lifetimeValue: number;
}

/** A forecast in a few numbers, for the manifest, `--json` and the terminal. */
export interface ValueReport {
  end: string;
  unit: TimeUnit;
  horizon: number;
  /** Customers who have a value. */
  customers: number;
  /** Of all customers within the horizon; purchases and the chance to be alive only by a model. */
  expected: { purchases?: number; alive?: number; lifetimeValue: number; historicalValue?: number };
  /** Parameters, standard errors, log-likelihood, and who was left out. */
  model?: CustomerValueJson;
  /** Customers that the model was fitted to, where all of them did not fit into memory. */
  fitted?: { sample: number; of: number };
  loyalty?: LoyaltyGroup[];
  atRisk?: {
    customers: number;
    expectedLoss: number;
    first: { customer: string; expectedLoss: number; probabilityAlive: number; lifetimeValue: number }[];
  };
  holdout?: HoldoutReport;
}

const mostShown = 5;

/** Customers whose ids are read at a time. */
const customersAtATime = 65_536;

function sum(values: Float64Array, start = 0): number {
  return values.reduce((total, value) => (Number.isNaN(value) ? total : total + value), start);
}

/** The sum of a column, of which some is in memory at a time. */
function columnSum(column: CustomerColumn<Float64Array>): number {
  let total = 0;
  for (const { from, to } of ranges(column.length)) total = sum(column.part(from, to), total);
  return total;
}

/** Customers who have a value. */
function buyers({ columns: { T } }: ValueForecast): number {
  let some = 0;
  for (const { from, to } of ranges(T.length)) {
    for (const time of T.part(from, to)) if (!Number.isNaN(time)) some++;
  }
  return some;
}

function loyaltyGroups(forecast: ValueForecast): LoyaltyGroup[] | undefined {
  let groups: LoyaltyGroup[] | undefined;
  const { lifetimeValue } = forecast.columns;
  for (const { from, to } of ranges(lifetimeValue.length)) {
    const loyalty = loyaltyOf(forecast, from, to);
    if (!loyalty) return undefined;
    groups ??= loyalty.names.map(tier => ({ tier, customers: 0, lifetimeValue: 0 }));
    const values = lifetimeValue.part(from, to);
    for (let i = 0; i < values.length; i++) {
      const group = groups[loyalty.tier[i]];
      group.customers++;
      if (!Number.isNaN(values[i])) group.lifetimeValue += values[i];
    }
  }
  return groups?.filter(({ tier, customers }) => customers > 0 || tier !== NO_LOYALTY_TIER);
}

/** Ids of customers, as text, by their numbers among all. */
async function idsOf(database: Database, customers: readonly number[]): Promise<string[]> {
  const ids = new Array<string>(customers.length);
  let first = 0;
  for await (const batch of customerIdBatches(database, customersAtATime)) {
    for (const [i, customer] of customers.entries()) {
      if (customer >= first && customer < first + batch.length) ids[i] = idText(batch, customer - first);
    }
    first += batch.length;
  }
  return ids;
}

/** Who may be leaving, and the first of them. */
async function riskReport(forecast: ValueForecast, database: Database): Promise<ValueReport['atRisk']> {
  if (!forecast.atRisk) return undefined;
  const { probabilityAlive, lifetimeValue } = forecast.columns;
  let [customers, loss] = [0, 0];
  let most: { customer: number; expectedLoss: number }[] = [];
  for (const { from, to } of ranges(lifetimeValue.length)) {
    const risk = riskOf(forecast, from, to);
    customers += risk.customers.length;
    loss = sum(risk.expectedLoss, loss);
    const some = Array.from(risk.customers.subarray(0, mostShown), (customer, i) => ({
      customer: from + customer,
      expectedLoss: risk.expectedLoss[i],
    }));
    most = [...most, ...some].sort((a, b) => b.expectedLoss - a.expectedLoss).slice(0, mostShown);
  }
  const ids = await idsOf(
    database,
    most.map(({ customer }) => customer),
  );
  const first = most.map(({ customer, expectedLoss }, i) => ({
    customer: ids[i],
    expectedLoss,
    probabilityAlive: probabilityAlive.part(customer, customer + 1)[0],
    lifetimeValue: lifetimeValue.part(customer, customer + 1)[0],
  }));
  return { customers, expectedLoss: loss, first };
}

/** A forecast in a few numbers. */
export async function valueReport(forecast: ValueForecast, database: Database): Promise<ValueReport> {
  const { columns, end, unit, horizon, model, fitted, holdout } = forecast;
  return {
    end,
    unit,
    horizon,
    customers: buyers(forecast),
    expected: {
      ...(model && {
        purchases: columnSum(columns.expectedPurchases),
        alive: columnSum(columns.probabilityAlive),
      }),
      lifetimeValue: columnSum(columns.lifetimeValue),
      ...(!model && { historicalValue: columnSum(columns.historicalValue) }),
    },
    model: model?.toJSON(),
    fitted,
    loyalty: loyaltyGroups(forecast),
    atRisk: await riskReport(forecast, database),
    holdout,
  };
}
