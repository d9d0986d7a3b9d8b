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
  loyalty?: LoyaltyGroup[];
  atRisk?: {
    customers: number;
    expectedLoss: number;
    first: { customer: string; expectedLoss: number; probabilityAlive: number; lifetimeValue: number }[];
  };
  holdout?: HoldoutReport;
}

const mostShown = 5;

function sum(values: Float64Array): number {
  return values.reduce((total, value) => (Number.isNaN(value) ? total : total + value), 0);
}

function loyaltyGroups({ loyalty, values }: ValueForecast): LoyaltyGroup[] | undefined {
  if (!loyalty) return undefined;
  const groups = loyalty.names.map(tier => ({ tier, customers: 0, lifetimeValue: 0 }));
  loyalty.tier.forEach((tier, i) => {
    groups[tier].customers++;
    const value = values.lifetimeValue[i];
    if (!Number.isNaN(value)) groups[tier].lifetimeValue += value;
  });
  return groups.filter(({ tier, customers }) => customers > 0 || tier !== NO_LOYALTY_TIER);
}

/** A forecast in a few numbers. */
export function valueReport(forecast: ValueForecast): ValueReport {
  const { ids, end, unit, horizon, history, values, model, risk, holdout } = forecast;
  const isModelled = 'probabilityAlive' in values;
  return {
    end,
    unit,
    horizon,
    customers: history.T.filter(time => !Number.isNaN(time)).length,
    expected: {
      ...(isModelled && {
        purchases: sum(values.expectedPurchases),
        alive: sum(values.probabilityAlive),
      }),
      lifetimeValue: sum(values.lifetimeValue),
      ...(!isModelled && { historicalValue: sum(values.historicalValue) }),
    },
    model: model?.toJSON(),
    loyalty: loyaltyGroups(forecast),
    atRisk:
      risk && isModelled
        ? {
            customers: risk.customers.length,
            expectedLoss: sum(risk.expectedLoss),
            first: Array.from(risk.customers.subarray(0, mostShown), (customer, i) => ({
              customer: idText(ids, customer),
              expectedLoss: risk.expectedLoss[i],
              probabilityAlive: values.probabilityAlive[customer],
              lifetimeValue: values.lifetimeValue[customer],
            })),
          }
        : undefined,
    holdout,
  };
}
