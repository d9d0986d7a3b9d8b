import { DataError } from '../errors.js';
import type { Database } from './database.js';
import { textProblem } from './readers/text-problem.js';
import { identifier } from './sql.js';

/** Numbers below it, of either sign, have room in the decimals that sums are taken in: ten billion rows of them. */
const summable = 1e18;

/** What is expected of the numbers of a column: that they are finite, or that they can be summed exactly as well. */
export type NumberNeed = 'finite' | 'summable';

/**
 * The error for a column with NaN, an infinity or, where it is to be summed, a number of 1e18 or more, with file and line where the
 * source is text; undefined if there is none.
 */
export async function nonFinite(
  db: Database,
  table: string,
  column: string,
  { need = 'finite', where = 'true' }: { need?: NumberNeed; where?: string } = {},
): Promise<DataError | undefined> {
  const name = identifier(column);
  const number = `CAST(${name} AS DOUBLE)`;
  const wrong = `NOT isfinite(${number})${need === 'summable' ? ` OR abs(${number}) >= ${summable}` : ''}`;
  const [bad] = await db.rows<{ value: number }>(
    `SELECT ${number} AS value FROM ${identifier(table)} WHERE (${where}) AND (${wrong}) LIMIT 1`,
  );
  if (!bad) return undefined;
  const opened = db.sources.get(table);
  const suspects = column === 'amount' && opened?.derivesAmount ? ['price', 'quantity'] : [column];
  for (const suspect of opened?.text ? suspects : []) {
    // Of its 38 digits 20 are behind the point: what is not below 1e18 has no room in it.
    const type = need === 'summable' ? 'DECIMAL(38, 20)' : 'DECIMAL(38, 6)';
    const located = await textProblem(db, opened!.text!, { [opened!.original(suspect)]: type });
    if (located) return located;
  }
  const isLarge = Number.isFinite(bad.value);
  const keep = isLarge ? `abs(${column}) < 1e18` : `isfinite(${name})`;
  return new DataError({
    expected: isLarge ? 'numbers below 1e18' : 'finite numbers',
    found: String(bad.value),
    file: opened?.files[0] ?? table,
    column: opened?.original(column) ?? column,
    hint: `Mend the source, or drop such rows with a cleaning step: \`filter: { keep: ${keep} }\`.`,
  });
}
