import type { Database, Feature } from '../data/index.js';
import { identifier, literal } from '../data/index.js';

/** A column that was not even considered. */
export interface Ineligible {
  name: string;
  reason: string;
}

export interface Candidates {
  features: Feature[];
  ineligible: Ineligible[];
}

/** Categories above which a column tells customers apart by hardly more than their name. */
const mostCategories = 12;

/** Rows from which on whole numbers that all differ are taken for an id. */
const leastIds = 50;

interface ColumnType {
  name: string;
  type: string;
}

async function columnsOf(database: Database, table: string): Promise<ColumnType[]> {
  return database.rows<ColumnType>(
    `SELECT column_name AS name, data_type AS type FROM duckdb_columns()
     WHERE schema_name = 'main' AND table_name = ${literal(table)} ORDER BY column_index`,
  );
}

async function ofCustomers(database: Database, { name, type }: ColumnType): Promise<Feature | Ineligible> {
  const column = identifier(name);
  const { known, distinct } = await database.row<{ known: number; distinct: number }>(
    `SELECT count(${column}) AS known, count(DISTINCT ${column}) AS "distinct" FROM customers`,
  );
  if (distinct < 2) return { name, reason: 'the same for everybody' };
  if (/^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL)/.test(type)) {
    const isWhole = /INT/.test(type);
    if (isWhole && known >= leastIds && distinct === known)
      return { name, reason: 'different for everybody: an id?' };
    return { name, source: 'customers', column: name, missing: 'median' };
  }
  if (type !== 'VARCHAR' && type !== 'BOOLEAN')
    return { name, reason: `${type.toLowerCase()}: no number, no category` };
  if (distinct > mostCategories) return { name, reason: `${distinct.toLocaleString('en')} categories` };
  return { name, source: 'customers', column: name, encode: 'one-hot', missing: 'unknown' };
}

/**
 * What the data have to segment customers by: recency, frequency and monetary value of the transactions, and the
 * columns of the customers that are numbers or have few categories.
 *
 * @param except a column that is none of them.
 */
export async function candidateFeatures(database: Database, except?: string): Promise<Candidates> {
  const features: Feature[] = [];
  const ineligible: Ineligible[] = [];
  const roles = new Set((await columnsOf(database, 'transactions')).map(({ name }) => name));
  if (roles.has('customer')) {
    if (roles.has('time')) features.push('recency');
    features.push('frequency');
    if (roles.has('amount')) features.push('monetary');
  }
  for (const column of await columnsOf(database, 'customers')) {
    if (column.name === 'customer' || column.name.toLowerCase() === except?.toLowerCase()) continue;
    const found = await ofCustomers(database, column);
    if (typeof found === 'object' && 'reason' in found) ineligible.push(found);
    else features.push(found);
  }
  return { features, ineligible };
}
