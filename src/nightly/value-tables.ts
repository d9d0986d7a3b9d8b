import { type Column, type ColumnTable, columnTable, idColumn } from '../data/index.js';
import type { CustomerValues } from '../value/customer-value.js';
import type { HoldoutReport } from '../value/holdout.js';
import type { Buying } from './buying.js';
import { numberColumn } from './number-column.js';
import { historyOf, type ValueForecast } from './value-forecast.js';

/** What is expected of each customer, as columns: see `CustomerValues` and `HistoricalValues`. */
export function expectationColumns(values: CustomerValues): Column[] {
  return Object.entries(values).map(([name, numbers]: [string, Float64Array]) => numberColumn(name, numbers));
}

/** The summary of purchases that models are fitted to, what they expect, and the tier of loyalty; of some customers. */
export function forecastColumns(forecast: ValueForecast, from: number, to: number): Column[] {
  const { columns, expectations, loyalty } = forecast;
  const history = historyOf(forecast, from, to);
  return [
    numberColumn('repeats', history.frequency),
    numberColumn('lastRepeat', history.recency),
    numberColumn('observed', history.T),
    numberColumn('meanRepeat', history.monetary),
    ...expectations.map(name => numberColumn(name, columns.part(name, from, to))),
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
export function atRiskTable(forecast: ValueForecast, buying: Buying): ColumnTable | undefined {
  const { columns, unit, risk, loyalty } = forecast;
  if (!risk || !loyalty) return undefined;
  const { customers, expectedLoss, ids } = risk;
  /** A column of them, of which only some is in memory at a time. */
  const of = (part: (from: number, to: number) => Float64Array) => {
    const values = new Float64Array(customers.length);
    const order = Int32Array.from(customers.keys()).sort((i, j) => customers[i] - customers[j]);
    let place = 0;
    for (const { from, to } of columns.ranges()) {
      const some = part(from, to);
      for (; place < order.length && customers[order[place]] < to; place++) {
        values[order[place]] = some[customers[order[place]] - from];
      }
    }
    return values;
  };
  const days = (name: 'recency' | 'T') => of((from, to) => historyOf({ columns, unit }, from, to)[name]);
  const [observed, last] = [days('T'), days('recency')];
  return columnTable([
    { name: 'rank', type: 'int32', values: Int32Array.from(customers, (_, place) => place + 1) },
    idColumn('customer', ids),
    numberColumn('expectedLoss', expectedLoss),
    numberColumn(
      'probabilityAlive',
      of((from, to) => columns.part('probabilityAlive', from, to)),
    ),
    numberColumn(
      'lifetimeValue',
      of((from, to) => columns.part('lifetimeValue', from, to)),
    ),
    {
      name: 'loyalty',
      type: 'dictionary',
      codes: customers.map(customer => loyalty.tier[customer]),
      dictionary: loyalty.names,
    },
    numberColumn(
      'repeats',
      of((from, to) => columns.part('frequency', from, to)),
    ),
    numberColumn(
      'sinceLast',
      observed.map((time, i) => time - last[i]),
    ),
    numberColumn(
      'spent',
      of((from, to) => buying.part('monetary', from, to)),
    ),
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
