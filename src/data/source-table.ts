import type { Database } from './database.js';
import type { OpenedSource } from './opened-source.js';
import { identifier } from './sql.js';

/** Gives a source that stays in its files another query. */
async function changeView(
  db: Database,
  opened: Pick<OpenedSource, 'name' | 'query'>,
  query: string,
): Promise<void> {
  opened.query = query;
  await db.run(`CREATE OR REPLACE VIEW ${identifier(opened.name)} AS ${query}`);
}

/**
 * Changes the type of a column of a source: of its table, or of the view where it stays in its files.
 *
 * @param expression SQL that gives the new values.
 */
export async function alterColumn(
  db: Database,
  opened: Pick<OpenedSource, 'name' | 'query'>,
  column: string,
  type: string,
  expression: string,
): Promise<void> {
  const [table, name] = [identifier(opened.name), identifier(column)];
  if (opened.query === undefined) {
    await db.run(`ALTER TABLE ${table} ALTER ${name} TYPE ${type} USING ${expression}`);
    return;
  }
  await changeView(
    db,
    opened,
    `SELECT * REPLACE (CAST(${expression} AS ${type}) AS ${name}) FROM (${opened.query})`,
  );
}

/** Drops the rows of a source in which a column has no value. */
export async function dropWithout(
  db: Database,
  opened: Pick<OpenedSource, 'name' | 'query'>,
  column: string,
): Promise<void> {
  const [table, name] = [identifier(opened.name), identifier(column)];
  if (opened.query === undefined) {
    await db.run(`DELETE FROM ${table} WHERE ${name} IS NULL`);
    return;
  }
  await changeView(db, opened, `SELECT * FROM (${opened.query}) WHERE ${name} IS NOT NULL`);
}

/** Numbers the rows of a source from 1 on, in a new first column. */
export async function numberRows(
  db: Database,
  opened: Pick<OpenedSource, 'name' | 'query'>,
  column: string,
): Promise<void> {
  const [table, name] = [identifier(opened.name), identifier(column)];
  if (opened.query === undefined) {
    await db.run(
      `CREATE OR REPLACE TABLE ${table} AS SELECT row_number() OVER (ORDER BY rowid) AS ${name}, * FROM ${table}`,
    );
    return;
  }
  await changeView(db, opened, `SELECT row_number() OVER () AS ${name}, * FROM (${opened.query})`);
}

/** Whether the values of a column of ids get greater from row to row: then they are sorted, and no two are the same. */
export async function ascends(db: Database, table: string, id: string): Promise<boolean> {
  const name = identifier(id);
  const { ascending } = await db.row<{ ascending: boolean }>(
    `SELECT COALESCE(bool_and(id > before), true) AS ascending
     FROM (SELECT ${name} AS id, lag(${name}) OVER () AS before FROM ${identifier(table)} WHERE ${name} IS NOT NULL)
     WHERE before IS NOT NULL`,
  );
  return ascending;
}
