import type { DuckDBDataChunk } from '@duckdb/node-api';
import { appendTable, createTable } from '../data/append-table.js';
import { copyNumbers, IdCollector } from '../data/chunk-reader.js';
import {
  type ColumnTable,
  columnTable,
  customerIdBatches,
  type Database,
  idColumn,
  identifier,
} from '../data/index.js';
import type { Buying } from './buying.js';
import { numberColumn } from './number-column.js';
import { historyOf, loyaltyOf, riskOf, type ValueForecast } from './value-forecast.js';
import { loyaltyColumn } from './value-tables.js';

/** Customers who are looked at together. */
const customersAtATime = 65_536;

/** Numbers of the table behind the loyalty. */
const lastNumbers = ['repeats', 'sinceLast', 'spent'] as const;

/** Who of all customers may be leaving, in the order of the customers, in parts; without the rank. */
async function* atRisk(
  forecast: ValueForecast,
  buying: Pick<Buying, 'part'>,
  database: Database,
): AsyncGenerator<ColumnTable> {
  const { columns } = forecast;
  let from = 0;
  for await (const ids of customerIdBatches(database, customersAtATime)) {
    const to = from + ids.length;
    const { customers, expectedLoss } = riskOf(forecast, from, to);
    const of = (values: Float64Array) => Float64Array.from(customers, customer => values[customer]);
    const { frequency, recency, T } = historyOf(forecast, from, to);
    const { tier, names } = loyaltyOf(forecast, from, to)!;
    const first = from;
    yield columnTable([
      { name: 'number', type: 'int32', values: customers.map(customer => first + customer) },
      idColumn('customer', ids, customers),
      numberColumn('expectedLoss', expectedLoss),
      numberColumn('probabilityAlive', of(columns.probabilityAlive.part(from, to))),
      numberColumn('lifetimeValue', of(columns.lifetimeValue.part(from, to))),
      loyaltyColumn({ tier: customers.map(customer => tier[customer]), names }),
      numberColumn('repeats', of(frequency)),
      numberColumn('sinceLast', of(T.map((time, i) => time - recency[i]))),
      numberColumn('spent', of(buying.part('monetary', from, to))),
    ]);
    from = to;
  }
}

/** A part of the table, as the data engine gives it in order. */
function tableOf(chunk: DuckDBDataChunk, before: number): ColumnTable {
  const rows = chunk.rowCount;
  const ids = new IdCollector();
  ids.add(chunk, 0);
  const numbers = (name: string, column: number) => {
    const values = new Float64Array(rows);
    copyNumbers(chunk, column, values, 0);
    return numberColumn(name, values);
  };
  return columnTable([
    { name: 'rank', type: 'int32', values: Int32Array.from({ length: rows }, (_, row) => before + row + 1) },
    idColumn('customer', ids.finish()),
    numbers('expectedLoss', 1),
    numbers('probabilityAlive', 2),
    numbers('lifetimeValue', 3),
    { name: 'loyalty', type: 'text', values: chunk.getColumnValues(4) as string[] },
    ...lastNumbers.map((name, i) => numbers(name, 5 + i)),
  ]);
}

/**
 * Who may be leaving, the greatest expected loss first, in parts. The data engine sorts them, on disk where they are too many.
 */
export async function* atRiskTables(
  forecast: ValueForecast,
  buying: Pick<Buying, 'part'>,
  database: Database,
): AsyncGenerator<ColumnTable> {
  const name = database.newTable('at_risk');
  let first: ColumnTable | undefined;
  let rows = 0;
  try {
    for await (const part of atRisk(forecast, buying, database)) {
      if (!first) await createTable(database, name, part);
      first ??= part;
      await appendTable(database, name, part);
    }
    const sorted = `SELECT * EXCLUDE (number) FROM kindred.${identifier(name)} ORDER BY "expectedLoss" DESC, number`;
    for await (const chunk of database.stream(sorted)) {
      yield tableOf(chunk, rows);
      rows += chunk.rowCount;
    }
    if (rows > 0 || !first) return;
    const [number, ...others] = first.columns;
    yield columnTable([{ ...number, name: 'rank' }, ...others]);
  } finally {
    await database.run(`DROP TABLE IF EXISTS kindred.${identifier(name)}`);
  }
}
