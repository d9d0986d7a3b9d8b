import { type Column, type ColumnTable, columnTable } from '../data/index.js';
import type { CustomerValues } from '../value/customer-value.js';
import type { HoldoutReport } from '../value/holdout.js';
import type { Loyalty } from '../value/loyalty.js';
import { numberColumn } from './number-column.js';
import { historyOf, loyaltyOf, type ValueForecast } from './value-forecast.js';

/** What is expected of each customer, as columns: see `CustomerValues` and `HistoricalValues`. */
export function expectationColumns(values: CustomerValues): Column[] {
  return Object.entries(values).map(([name, numbers]: [string, Float64Array]) => numberColumn(name, numbers));
}

/** The summary of purchases that models are fitted to, what they expect, and the tier of loyalty; of some customers. */
export function forecastColumns(forecast: ValueForecast, from: number, to: number): Column[] {
  const { columns, expectations } = forecast;
  const history = historyOf(forecast, from, to);
  const loyalty = loyaltyOf(forecast, from, to);
  return [
    numberColumn('repeats', history.frequency),
    numberColumn('lastRepeat', history.recency),
    numberColumn('observed', history.T),
    numberColumn('meanRepeat', history.monetary),
    ...expectations.map(name => numberColumn(name, columns[name].part(from, to))),
    ...(loyalty ? [loyaltyColumn(loyalty)] : []),
  ];
}

/** The tiers of customers. */
export function loyaltyColumn({ tier, names }: Loyalty): Column {
  return { name: 'loyalty', type: 'dictionary', codes: tier, dictionary: names };
}

/** The tables behind the two figures of a holdout. */
export function holdoutTables({ groups, tracking }: HoldoutReport): Record<string, ColumnTable> {
  const numbers = <T>(name: string, rows: readonly T[], pick: (row: T) => number) =>
    numberColumn(name, Float64Array.from(rows, pick));
  return {
    'holdout-groups': columnTable([
      { name: 'repeats', type: 'text', values: groups.map(({ repeats }) => repeats) },
      { name: 'customers', type: 'int32', values: Int32Array.from(groups, ({ customers }) => customers) },
      numbers('actual', groups, ({ actual }) => actual),
      numbers('predicted', groups, ({ predicted }) => predicted),
    ]),
    'holdout-tracking': columnTable([
      { name: 'day', type: 'int32', values: Int32Array.from(tracking, ({ day }) => day) },
      numbers('actual', tracking, ({ actual }) => actual),
      numbers('predicted', tracking, ({ predicted }) => predicted),
    ]),
  };
}
