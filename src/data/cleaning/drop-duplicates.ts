import { requireColumn, tableColumns } from '../columns.js';
import { identifier } from '../sql.js';
import type { Step } from './step.js';

/** Drops rows that repeat an earlier one, in all columns or in those named; the first is kept. */
export const dropDuplicates: Step<true | string[]> = async (db, table, which) => {
  const columns =
    which === true
      ? await tableColumns(db, table)
      : await Promise.all(which.map(column => requireColumn(db, table, column)));
  const names = columns.map(({ name }) => identifier(name)).join(', ');
  const dropped = await db.run(
    `DELETE FROM ${identifier(table)} WHERE rowid NOT IN
       (SELECT min(rowid) FROM ${identifier(table)} GROUP BY ${names})`,
  );
  const where = which === true ? 'in every column' : `in ${columns.map(({ name }) => name).join(', ')}`;
  return {
    rule: 'dropDuplicates',
    column: null,
    changed: 0,
    dropped,
    reason: `repeats an earlier row ${where}`,
  };
};
