import { requireColumn } from './columns.js';
import type { Database } from './database.js';
import { identifier, literal } from './sql.js';

/** Ids that are drawn for each range. */
const drawn = 256;

/** Bytes that the data engine takes for a customer, and for each of their sums, while it groups, joins and sorts; measured. */
const bytesPerCustomer = 64;
const bytesPerSum = 16;

/** Ranges of so many customers, each of which the data engine can sum up in its memory. */
export async function rangesInMemory(
  db: Database,
  table: string,
  { rows, columns }: { rows: number; columns: number },
): Promise<string[]> {
  return idRanges(db, table, Math.ceil((rows * (bytesPerCustomer + columns * bytesPerSum)) / db.memory));
}

/**
 * Conditions on the column `customer` that cut the customers of a table into ranges of their ids, ascending and about equally
 * large: what is done range by range needs that much less memory, and gives the customers in the order of their ids.
 */
export async function idRanges(db: Database, table: string, count: number): Promise<string[]> {
  if (count <= 1) return ['TRUE'];
  const { type } = await requireColumn(db, table, 'customer');
  const ids = await db.rows<{ id: string }>(
    `SELECT CAST(customer AS VARCHAR) AS id FROM (SELECT customer FROM ${identifier(table)}
       USING SAMPLE reservoir(${drawn * count} ROWS) REPEATABLE (0)) WHERE customer IS NOT NULL ORDER BY customer`,
  );
  const limits = Array.from(
    { length: count - 1 },
    (_, i) => ids[Math.floor(((i + 1) * ids.length) / count)]?.id,
  );
  const different = [...new Set(limits.filter(id => id !== undefined))].map(
    id => `CAST(${literal(id)} AS ${type})`,
  );
  return Array.from({ length: different.length + 1 }, (_, i) => {
    const from = i > 0 ? [`customer >= ${different[i - 1]}`] : [];
    const to = i < different.length ? [`customer < ${different[i]}`] : [];
    return [...from, ...to].join(' AND ') || 'TRUE';
  });
}
