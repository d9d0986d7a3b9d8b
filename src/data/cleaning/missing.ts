import { DataError } from '../../errors.js';
import type { MissingStep } from '../cleaning-step.js';
import { isFloating, requireColumn, type TableColumn } from '../columns.js';
import type { Database } from '../database.js';
import { identifier, literal, number } from '../sql.js';
import { askedInSql } from '../user-sql.js';
import { dropRows, settle } from './drop-rows.js';
import { requireNumbers, type Step, widen } from './step.js';

/** SQL that is true where the column has no value; NaN is none. */
function isMissing({ name, type }: TableColumn): string {
  const column = identifier(name);
  return isFloating(type) ? `(${column} IS NULL OR isnan(${column}))` : `${column} IS NULL`;
}

const statistics = {
  mean: (column: string) => `avg(CAST(${column} AS DOUBLE))`,
  median: (column: string) => `median(CAST(${column} AS DOUBLE))`,
};

/** The value to fill in, as SQL; undefined if the column has no value to learn it from. */
async function filling(
  db: Database,
  table: string,
  column: TableColumn,
  step: MissingStep,
): Promise<string | undefined> {
  const name = identifier(column.name);
  if (step.action === 'constant') {
    const { value } = step;
    return typeof value === 'number' ? number(value) : literal(String(value));
  }
  const present = `FROM ${identifier(table)} WHERE NOT ${isMissing(column)}`;
  if (step.action === 'mode') {
    // The smallest of the most frequent values, so that every run fills in the same.
    const [row] = await db.rows<{ value: string }>(
      `SELECT CAST(value AS VARCHAR) AS value FROM (SELECT ${name} AS value, count(*) AS times ${present} GROUP BY 1)
       ORDER BY times DESC, value LIMIT 1`,
    );
    return row && literal(row.value);
  }
  await requireNumbers(db, table, column);
  const { value } = await db.inOrder(() =>
    db.row<{ value: number | null }>(
      `SELECT ${statistics[step.action as 'mean' | 'median'](name)} AS value ${present}`,
    ),
  );
  return value === null ? undefined : number(value);
}

/** Drops rows without a value of the column, or fills the value in. */
export const missing: Step<MissingStep> = async (db, table, step) => {
  const column = await requireColumn(db, table, step.column);
  const effect = { rule: 'missing', column: column.name, changed: 0, dropped: 0 };
  if (step.action === 'drop') {
    const dropped = await dropRows(db, table, isMissing(column));
    return { ...effect, dropped, reason: `${column.name} is missing` };
  }
  const value = await filling(db, table, column, step);
  if (value === undefined)
    throw new DataError({
      expected: `values to take the ${step.action} of`,
      found: 'none',
      file: table,
      column: column.name,
      hint: 'Fill it with a constant, or leave the step out.',
    });
  await settle(db, table);
  if (step.action === 'mean' || step.action === 'median') await widen(db, table, column);
  const changed = await askedInSql(
    () =>
      db.run(
        `UPDATE ${identifier(table)} SET ${identifier(column.name)} = ${value} WHERE ${isMissing(column)}`,
      ),
    { key: `clean.missing.value`, names: [] },
  );
  const shown = value.replace(/^CAST\((.*) AS DOUBLE\)$/, '$1').replaceAll("'", '');
  return {
    ...effect,
    changed,
    reason: `${column.name} was missing; filled with the ${step.action} ${shown}`,
  };
};
