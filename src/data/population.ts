import { DataError } from '../errors.js';
import { tableColumns } from './columns.js';
import type { Database } from './database.js';
import { identifier } from './sql.js';

/** Whether a source of this name is open and has a column of customers. */
export async function hasCustomers(db: Database, table: string): Promise<boolean> {
  return (await tableColumns(db, table)).some(({ name }) => name === 'customer');
}

/**
 * SQL that gives the ids of all customers once, as `id`: those of the customers table if there is one, else those
 * of the transactions.
 */
export async function population(db: Database): Promise<string> {
  for (const table of ['customers', 'transactions'])
    if (await hasCustomers(db, table))
      return `SELECT DISTINCT customer AS id FROM ${identifier(table)} WHERE customer IS NOT NULL`;
  throw new DataError({
    expected: 'a source named customers or transactions with a column of customers',
    found: db.sources.size > 0 ? `the sources ${[...db.sources.keys()].join(', ')}` : 'no source',
    hint: 'Declare which column is the customer: `columns: { customer: … }`.',
  });
}
