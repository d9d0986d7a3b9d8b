import { idText } from '../data/index.js';
import type { CustomerValueJson } from '../value/customer-value.js';
import type { HoldoutReport } from '../value/holdout.js';
import { NO_LOYALTY_TIER } from '../value/loyalty.js';
import type { TimeUnit } from '../value/time-unit.js';
import type { ValueForecast } from './value-forecast.js';

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

function sum(values: Float64Array, start = 0): number {
  return values.reduce((total, value) => (Number.isNaN(value) ? total : total + value), start);
}

/** The sum of a column, of which some is in memory at a time. */
function columnSum({ columns }: ValueForecast, name: Parameters<typeof columns.part>[0]): number {
  let total = 0;
  for (const { from, to } of columns.ranges()) total = sum(columns.part(name, from, to), total);
  return total;
}

/** Customers who have a value. */
function buyers({ columns }: ValueForecast): number {
  let some = 0;
  for (const { from, to } of columns.ranges()) {
    for (const time of columns.part('T', from, to)) if (!Number.isNaN(time)) some++;
  }
  return some;
}

function loyaltyGroups({ loyalty, columns }: ValueForecast): LoyaltyGroup[] | undefined {
  if (!loyalty) return undefined;
  const groups = loyalty.names.map(tier => ({ tier, customers: 0, lifetimeValue: 0 }));
  for (const { from, to } of columns.ranges()) {
    const values = columns.part('lifetimeValue', from, to);
    for (let customer = from; customer < to; customer++) {
      const group = groups[loyalty.tier[customer]];
      group.customers++;
      const value = values[customer - from];
      if (!Number.isNaN(value)) group.lifetimeValue += value;
    }
  }
  return groups.filter(({ tier, customers }) => customers > 0 || tier !== NO_LOYALTY_TIER);
}

/** A forecast in a few numbers. */
export function valueReport(forecast: ValueForecast): ValueReport {
  const { columns, end, unit, horizon, model, fitted, risk, holdout } = forecast;
  return {
    end,
    unit,
    horizon,
    customers: buyers(forecast),
    expected: {
      ...(model && {
        purchases: columnSum(forecast, 'expectedPurchases'),
        alive: columnSum(forecast, 'probabilityAlive'),
      }),
      lifetimeValue: columnSum(forecast, 'lifetimeValue'),
      ...(!model && { historicalValue: columnSum(forecast, 'historicalValue') }),
    },
    model: model?.toJSON(),
    fitted,
    loyalty: loyaltyGroups(forecast),
    atRisk: risk && {
      customers: risk.customers.length,
      expectedLoss: sum(risk.expectedLoss),
      first: Array.from(risk.customers.subarray(0, mostShown), (customer, i) => ({
        customer: idText(risk.ids, i),
        expectedLoss: risk.expectedLoss[i],
        probabilityAlive: columns.part('probabilityAlive', customer, customer + 1)[0],
        lifetimeValue: columns.part('lifetimeValue', customer, customer + 1)[0],
      })),
    },
    holdout,
  };
}
