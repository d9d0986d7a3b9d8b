import type { Vector } from 'apache-arrow';
import { appendTable, createTable } from '../../data/append-table.js';
import { filledColumns, readNumbers } from '../../data/chunk-reader.js';
import { tableColumns } from '../../data/columns.js';
import {
  columnTable,
  type Database,
  type InteractionWeight,
  idColumn,
  identifier,
} from '../../data/index.js';
import { population } from '../../data/population.js';
import type { Combine, Events } from '../../evaluate/index.js';
import type { Csr } from '../../ops/index.js';
import type { LastSales } from '../../recommend/index.js';

/** Every transaction that recommenders may learn from, in the order of their time, and how several become one entry. */
export interface ShopEvents {
  events: Events;
  combine: Combine;
  /** Makes the entries of a split what recommenders are fitted to: the same weights as those of a night. */
  finish(matrix: Csr): Csr;
}

/** Entries above 0, as the logarithm of 1 + themselves where that is wanted. */
function finished(matrix: Csr, weight: InteractionWeight): Csr {
  if (weight === 'binary' || weight === 'rating') return matrix;
  const indptr = new Int32Array(matrix.rows + 1);
  const kept: number[] = [];
  for (let row = 0; row < matrix.rows; row++) {
    for (let p = matrix.indptr[row]; p < matrix.indptr[row + 1]; p++) if (matrix.values[p] > 0) kept.push(p);
    indptr[row + 1] = kept.length;
  }
  const value = (p: number) => (weight === 'log' ? Math.log1p(matrix.values[p]) : matrix.values[p]);
  return {
    ...matrix,
    indptr,
    indices: Int32Array.from(kept, p => matrix.indices[p]),
    values: Float32Array.from(kept, value),
  };
}

/** Makes a table of numbers by id; gives its name for SQL. */
async function numbered(database: Database, ids: Vector): Promise<string> {
  const name = database.newTable('numbers');
  const codes = Int32Array.from({ length: ids.length }, (_, code) => code);
  const table = columnTable([idColumn('id', ids), { name: 'code', type: 'int32', values: codes }]);
  const made = await createTable(database, name, table);
  await appendTable(database, name, table);
  return made;
}

/** SQL of what a transaction says in that weight; where it says nothing, it does not count. */
function valueSql(names: readonly string[], weight: InteractionWeight): string {
  const wanted = weight === 'log' ? 'quantity' : weight;
  return weight !== 'binary' && names.includes(wanted) ? identifier(wanted) : '1';
}

async function transactionColumns(database: Database): Promise<string[]> {
  return (await tableColumns(database, 'transactions')).map(({ name }) => name);
}

const secondsSql = 'CAST(epoch(CAST(time AS TIMESTAMP)) AS DOUBLE)';

/** Last sales read at a time. */
const salesAtATime = 1 << 16;

/**
 * When each customer last bought each of these items, those first whose first sale was earlier; undefined where transactions
 * have no times. The engine reduces and sorts them, on disk where they are too many.
 */
export async function readLastSales(
  database: Database,
  items: Vector,
  weight: InteractionWeight = 'binary',
): Promise<LastSales | undefined> {
  const names = await transactionColumns(database);
  if (!names.includes('time')) return undefined;
  const columns = await numbered(database, items);
  const sales = `kindred.${identifier(database.newTable('sales'))}`;
  await database.run(
    `CREATE TABLE ${sales} AS SELECT t.customer, c.code AS item, min(${secondsSql}) AS first, max(${secondsSql}) AS last
     FROM transactions AS t JOIN ${columns} AS c ON CAST(c.id AS VARCHAR) = CAST(t.item AS VARCHAR)
     SEMI JOIN (${await population(database)}) AS p ON p.id = t.customer
     WHERE ${valueSql(names, weight)} IS NOT NULL AND time IS NOT NULL GROUP BY t.customer, c.code`,
  );
  await database.run(`DROP TABLE ${columns}`);
  const { now } = await database.row<{ now: number | null }>(`SELECT max(last) AS now FROM ${sales}`);
  const inOrder = `SELECT item, last FROM ${sales} ORDER BY first, customer`;
  return {
    items: items.length,
    now: now ?? Number.NEGATIVE_INFINITY,
    batches: (async function* () {
      const [item, time] = [new Int32Array(salesAtATime), new Float64Array(salesAtATime)];
      for await (const filled of filledColumns(database, inOrder, [item, time])) {
        yield { item: item.subarray(0, filled), time: time.subarray(0, filled) };
      }
      await database.run(`DROP TABLE ${sales}`);
    })(),
  };
}

/** @param ids of customers and items by their numbers, as `readInteractions` gives them */
export async function readEvents(
  database: Database,
  { customers, items }: { customers: Vector; items: Vector },
  weight: InteractionWeight = 'binary',
): Promise<ShopEvents> {
  const names = await transactionColumns(database);
  const [rows, columns] = [await numbered(database, customers), await numbered(database, items)];
  const events = `kindred.${identifier(database.newTable('events'))}`;
  const value = valueSql(names, weight);
  const time = names.includes('time') ? secondsSql : '0';
  await database.run(
    `CREATE TABLE ${events} AS SELECT r.code AS customer, c.code AS item, CAST(${time} AS DOUBLE) AS time,
       CAST(${value} AS FLOAT) AS value FROM transactions AS t
     JOIN ${rows} AS r ON CAST(r.id AS VARCHAR) = CAST(t.customer AS VARCHAR)
     JOIN ${columns} AS c ON CAST(c.id AS VARCHAR) = CAST(t.item AS VARCHAR)
     WHERE ${value} IS NOT NULL ${names.includes('time') ? 'AND time IS NOT NULL' : ''}`,
  );
  try {
    const { count } = await database.row<{ count: number }>(`SELECT count(*) AS count FROM ${events}`);
    const [customer, item] = [new Int32Array(count), new Int32Array(count)];
    const [times, values] = [new Float64Array(count), new Float32Array(count)];
    const order = `SELECT customer, item, time, value FROM ${events} ORDER BY time, customer, item, value`;
    await readNumbers(database, order, [customer, item, times, values]);
    return {
      events: {
        customers: customers.length,
        items: items.length,
        customer,
        item,
        time: names.includes('time') ? times : undefined,
        value: values,
      },
      combine: weight === 'binary' ? 'binary' : weight === 'rating' ? 'mean' : 'sum',
      finish: matrix => finished(matrix, weight),
    };
  } finally {
    for (const table of [rows, columns, events]) await database.run(`DROP TABLE ${table}`);
  }
}
