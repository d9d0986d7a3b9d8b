import { DataError } from '../errors.js';
import type { Database } from './database.js';
import { textProblem } from './readers/text-problem.js';
import { identifier } from './sql.js';

/**
 * The error for a column with NaN or an infinity, with file and line where the source is text; undefined if all its
 * values are finite.
 */
export async function nonFinite(
  db: Database,
  table: string,
  column: string,
  where = 'true',
): Promise<DataError | undefined> {
  const name = identifier(column);
  const [bad] = await db.rows<{ value: number }>(
    `SELECT CAST(${name} AS DOUBLE) AS value FROM ${identifier(table)}
     WHERE (${where}) AND NOT isfinite(CAST(${name} AS DOUBLE)) LIMIT 1`,
  );
  if (!bad) return undefined;
  const opened = db.sources.get(table);
  const suspects = column === 'amount' && opened?.derivesAmount ? ['price', 'quantity'] : [column];
  for (const suspect of opened?.text ? suspects : []) {
    const located = await textProblem(db, opened!.text!, { [opened!.original(suspect)]: 'DECIMAL(38, 6)' });
    if (located) return located;
  }
  return new DataError({
    expected: 'finite numbers',
    found: String(bad.value),
    file: opened?.files[0] ?? table,
    column: opened?.original(column) ?? column,
    hint: `Mend the source, or drop such rows with a cleaning step: \`filter: { keep: isfinite(${name}) }\`.`,
  });
}
