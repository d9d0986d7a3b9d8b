import { DataError, UsageError } from '../errors.js';
import { tableColumns } from './columns.js';
import type { Database } from './database.js';
import { literal } from './sql.js';

/**
 * The "now" that recency is counted from, as text in UTC such as `2011-12-10 12:50:00`.
 *
 * @param given a date, or text in ISO 8601; default: one day after the last transaction
 */
export async function resolveSnapshot(db: Database, given?: string | Date): Promise<string> {
  if (given !== undefined) {
    const text = given instanceof Date ? given.toISOString() : given;
    const { time } = await db.row<{ time: string | null }>(
      `SELECT CAST(CAST(TRY_CAST(${literal(text)} AS TIMESTAMPTZ) AS TIMESTAMP) AS VARCHAR) AS time`,
    );
    if (time !== null) return time;
    throw new UsageError({
      expected: 'a date and time such as 2011-12-10 12:50',
      found: JSON.stringify(text),
      key: 'snapshot',
    });
  }
  if (!(await tableColumns(db, 'transactions')).some(({ name }) => name === 'time'))
    throw new DataError({
      expected: 'transactions with a column of times',
      found: 'none',
      file: 'transactions',
      hint: 'Declare it: `columns: { time: … }`, or give a `snapshot`.',
    });
  const { time } = await db.row<{ time: string | null }>(
    'SELECT CAST(max(time) + INTERVAL 1 DAY AS VARCHAR) AS time FROM transactions',
  );
  if (time !== null) return time;
  throw new DataError({
    expected: 'times of transactions',
    found: 'none',
    file: 'transactions',
    column: 'time',
  });
}
