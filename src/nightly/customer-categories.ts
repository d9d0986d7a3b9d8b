import { type Database, identifier, literal, readCustomerGroups } from '../data/index.js';
import type { CategoryColumn } from '../segment/index.js';

/** Categories above which a column is more of a name than of a group. */
const mostCategories = 50;

/** Roles and the like that are no groups of customers. */
const noGroups = new Set(['customer', 'basket', 'item', 'name', 'time', 'text']);

/**
 * The columns of categories of the customers, to see which are found in a segment more often than elsewhere: the texts
 * and yes-or-no columns of the customers. Without a table of customers those of the transactions, such as the country
 * of an order; of several the most frequent one is a customer's.
 *
 * @param memory bytes that each of them may take before it is left on disk
 */
export async function customerCategories(database: Database, memory: number): Promise<CategoryColumn[]> {
  const table = database.sources.has('customers') ? 'customers' : 'transactions';
  const columns = await database.rows<{ name: string }>(
    `SELECT column_name AS name FROM duckdb_columns() WHERE schema_name = 'main' AND table_name = ${literal(table)}
     AND data_type IN ('VARCHAR', 'BOOLEAN') ORDER BY column_index`,
  );
  const found: CategoryColumn[] = [];
  for (const { name } of columns) {
    if (noGroups.has(name)) continue;
    const { distinct } = await database.row<{ distinct: number }>(
      `SELECT count(DISTINCT ${identifier(name)}) AS "distinct" FROM ${identifier(table)}`,
    );
    if (distinct < 2 || distinct > mostCategories) continue;
    const { codes, names } = await readCustomerGroups(database, name, memory);
    found.push({ name, codes, categories: names });
  }
  return found;
}
