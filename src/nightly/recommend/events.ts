import type { Vector } from 'apache-arrow';
import { appendTable, createTable } from '../../data/append-table.js';
import { readNumbers } from '../../data/chunk-reader.js';
import { tableColumns } from '../../data/columns.js';
import {
  columnTable,
  type Database,
  type InteractionWeight,
  idColumn,
  identifier,
} from '../../data/index.js';
import type { Combine, Events } from '../../evaluate/index.js';
import type { Csr } from '../../ops/index.js';

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

/** @param ids of customers and items by their numbers, as `readInteractions` gives them */
export async function readEvents(
  database: Database,
  { customers, items }: { customers: Vector; items: Vector },
  weight: InteractionWeight = 'binary',
): Promise<ShopEvents> {
  const names = (await tableColumns(database, 'transactions')).map(({ name }) => name);
  const dictionary = async (ids: Vector) => {
    const name = database.newTable('numbers');
    const codes = Int32Array.from({ length: ids.length }, (_, code) => code);
    const table = columnTable([idColumn('id', ids), { name: 'code', type: 'int32', values: codes }]);
    const made = await createTable(database, name, table);
    await appendTable(database, name, table);
    return made;
  };
  const [rows, columns] = [await dictionary(customers), await dictionary(items)];
  const events = `kindred.${identifier(database.newTable('events'))}`;
  const wanted = weight === 'log' ? 'quantity' : weight;
  const value = weight !== 'binary' && names.includes(wanted) ? identifier(wanted) : '1';
  const time = names.includes('time') ? 'epoch(CAST(time AS TIMESTAMP))' : '0';
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
      combine: weight === 'binary' ? 'binary' : weight === 'rating' ? 'last' : 'sum',
      finish: matrix => finished(matrix, weight),
    };
  } finally {
    for (const table of [rows, columns, events]) await database.run(`DROP TABLE ${table}`);
  }
}
