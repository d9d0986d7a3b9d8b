import { requireColumn } from './columns.js';
import type { Database } from './database.js';
import { identifier, literal } from './sql.js';

/** Ids that are drawn for each range. */
const drawn = 256;

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
