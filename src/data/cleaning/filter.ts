import type { FilterStep } from '../cleaning-step.js';
import { originalNames, tableColumns } from '../columns.js';
import { askedInSql } from '../user-sql.js';
import { dropRows } from './drop-rows.js';
import type { Step } from './step.js';

/** Keeps the rows that a condition holds for. */
export const filter: Step<FilterStep> = async (db, table, { keep, because }) => {
  const names = (await tableColumns(db, table)).map(({ name }) => name);
  const dropped = await askedInSql(() => dropRows(db, table, `NOT COALESCE((${keep}\n), false)`), {
    key: `${table}.clean.filter.keep`,
    names,
    sql: keep,
    original: originalNames(db, table),
  });
  return { rule: 'filter', column: null, changed: 0, dropped, reason: because ?? `not ${keep}` };
};
