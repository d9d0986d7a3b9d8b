import { DataError } from '../errors.js';
import { tableColumns } from './columns.js';
import type { Database } from './database.js';
import { identifier } from './sql.js';

/** Whether a source of this name is open and has a column of customers. */
export async function hasCustomers(db: Database, table: string): Promise<boolean> {
  return (await tableColumns(db, table)).some(({ name }) => name === 'customer');
}

/** The table that says who the customers are: that of the customers if there is one, else that of the transactions. */
export async function populationTable(db: Database): Promise<string> {
  for (const table of ['customers', 'transactions']) if (await hasCustomers(db, table)) return table;
  throw new DataError({
    expected: 'a source named customers or transactions with a column of customers',
    found: db.sources.size > 0 ? `the sources ${[...db.sources.keys()].join(', ')}` : 'no source',
    hint: 'Declare which column is the customer: `columns: { customer: … }`.',
  });
}

/** SQL that gives the ids of all customers once, as `id`. */
export async function population(db: Database): Promise<string> {
  const table = await populationTable(db);
  return `SELECT DISTINCT customer AS id FROM ${identifier(table)} WHERE customer IS NOT NULL`;
}
