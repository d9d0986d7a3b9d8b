import { isNumeric, type TableColumn } from '../columns.js';
import { wrongType } from '../convert.js';
import type { Database } from '../database.js';
import { identifier } from '../sql.js';

/** What one step did. */
export interface Effect {
  rule: string;
  column: string | null;
  changed: number;
  dropped: number;
  reason: string;
}

/** A cleaning step: changes the table in place. */
export type Step<T> = (db: Database, table: string, step: T) => Promise<Effect>;

/** @throws DataError for a column that is not of numbers, with the place of the first text */
export async function requireNumbers(db: Database, table: string, column: TableColumn): Promise<void> {
  if (isNumeric(column.type)) return;
  const name = identifier(column.name);
  const [bad] = await db.rows<{ value: unknown }>(
    `SELECT ${name} AS value FROM ${identifier(table)}
     WHERE ${name} IS NOT NULL AND TRY_CAST(CAST(${name} AS VARCHAR) AS DOUBLE) IS NULL LIMIT 1`,
  );
  throw await wrongType(db, db.sources.get(table), column.name, 'DOUBLE', bad?.value);
}

/** Integers become float64 when a mean or a bound may fall between them. */
export async function widen(db: Database, table: string, { name, type }: TableColumn): Promise<void> {
  if (type !== 'DOUBLE')
    await db.run(`ALTER TABLE ${identifier(table)} ALTER ${identifier(name)} TYPE DOUBLE`);
}
