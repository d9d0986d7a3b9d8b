import { requireColumn, tableColumns } from '../columns.js';
import { identifier } from '../sql.js';
import { besideTable, dropRows, settle } from './drop-rows.js';
import type { Step } from './step.js';

/** Drops rows that repeat an earlier one, in all columns or in those named; the first is kept. */
export const dropDuplicates: Step<true | string[]> = async (db, table, which) => {
  await settle(db, table);
  const columns =
    which === true
      ? await tableColumns(db, table)
      : await Promise.all(which.map(column => requireColumn(db, table, column)));
  const names = columns.map(({ name }) => identifier(name)).join(', ');
  const rows = identifier(table);
  const repeated = identifier(db.newTable('repeated'));
  // Hashes first: what is kept of rows that are there once, nearly all of them, would take many times their memory.
  await db.run(
    `CREATE TEMPORARY TABLE ${repeated} AS
     SELECT hash FROM (SELECT hash(${names}) AS hash FROM ${rows}) GROUP BY hash HAVING count(*) > 1`,
  );
  const later = await besideTable(db, table);
  await db.run(
    `CREATE TABLE ${later} AS SELECT number FROM (
       SELECT rowid AS number, row_number() OVER (PARTITION BY ${names} ORDER BY rowid) AS place
       FROM ${rows} WHERE hash(${names}) IN (SELECT hash FROM ${repeated}))
     WHERE place > 1`,
  );
  const dropped = await dropRows(db, table, `rowid IN (SELECT number FROM ${later})`, true);
  await db.run(`DROP TABLE ${repeated}`);
  const where = which === true ? 'in every column' : `in ${columns.map(({ name }) => name).join(', ')}`;
  return {
    rule: 'dropDuplicates',
    column: null,
    changed: 0,
    dropped,
    reason: `repeats an earlier row ${where}`,
  };
};
