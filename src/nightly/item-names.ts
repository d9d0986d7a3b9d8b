import type { Vector } from 'apache-arrow';
import { type Database, idText } from '../data/index.js';

/**
 * Readable names of items, in their order: from the items, else the most frequent one in the transactions, else the id.
 */
export async function itemNames(database: Database, items: Vector): Promise<string[]> {
  const names = new Map<string, string>();
  for (const table of ['items', 'transactions']) {
    const columns = await database.rows<{ name: string }>(
      `SELECT column_name AS name FROM duckdb_columns()
       WHERE schema_name = 'main' AND table_name = '${table}' AND column_name IN ('item', 'name')`,
    );
    if (columns.length < 2 || names.size > 0) continue;
    const rows = await database.rows<{ item: string; name: string }>(
      `SELECT item, name FROM (
         SELECT CAST(item AS VARCHAR) AS item, trim(CAST(name AS VARCHAR)) AS name, count(*) AS times
         FROM ${table} WHERE item IS NOT NULL AND name IS NOT NULL GROUP BY 1, 2
       ) QUALIFY row_number() OVER (PARTITION BY item ORDER BY times DESC, name) = 1`,
    );
    for (const { item, name } of rows) names.set(item, name);
  }
  return Array.from({ length: items.length }, (_, i) => {
    const id = idText(items, i);
    return names.get(id) || id;
  });
}
