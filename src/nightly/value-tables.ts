import { type Column, type ColumnTable, columnTable, idColumn } from '../data/index.js';
import type { HoldoutReport } from '../value/holdout.js';
import { numberColumn } from './number-column.js';
import type { ValueForecast } from './value-forecast.js';

/** What is expected of each customer, as columns: see `CustomerValues` and `HistoricalValues`. */
export function expectationColumns(values: ValueForecast['values']): Column[] {
  return Object.entries(values).map(([name, numbers]: [string, Float64Array]) => numberColumn(name, numbers));
}

/** The summary of purchases that models are fitted to, what they expect, and the tier of loyalty; of some customers. */
export function forecastColumns(
  { history, values, loyalty }: ValueForecast,
  from: number,
  to: number,
): Column[] {
  const numbers = (name: string, column: Float64Array) => numberColumn(name, column.subarray(from, to));
  return [
    numbers('repeats', history.frequency),
    numbers('lastRepeat', history.recency),
    numbers('observed', history.T),
    numbers('meanRepeat', history.monetary),
    ...Object.entries(values).map(([name, column]: [string, Float64Array]) => numbers(name, column)),
    ...(loyalty
      ? [
          {
            name: 'loyalty',
            type: 'dictionary',
            codes: loyalty.tier.subarray(from, to),
            dictionary: loyalty.names,
          } as const,
        ]
      : []),
  ];
}

/** Who may be leaving, the greatest expected loss first; undefined without a model. */
export function atRiskTable(
  spent: Float64Array,
  { ids, risk, values, history, loyalty }: ValueForecast,
): ColumnTable | undefined {
  if (!risk || !loyalty || !('probabilityAlive' in values)) return undefined;
  const { customers, expectedLoss } = risk;
  const of = (column: Float64Array) => Float64Array.from(customers, customer => column[customer]);
  return columnTable([
    { name: 'rank', type: 'int32', values: Int32Array.from(customers, (_, place) => place + 1) },
    idColumn('customer', ids, customers),
    numberColumn('expectedLoss', expectedLoss),
    numberColumn('probabilityAlive', of(values.probabilityAlive)),
    numberColumn('lifetimeValue', of(values.lifetimeValue)),
    {
      name: 'loyalty',
      type: 'dictionary',
      codes: customers.map(customer => loyalty.tier[customer]),
      dictionary: loyalty.names,
    },
    numberColumn('repeats', of(history.frequency)),
    numberColumn(
      'sinceLast',
      Float64Array.from(customers, i => history.T[i] - history.recency[i]),
    ),
    numberColumn('spent', of(spent)),
  ]);
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
