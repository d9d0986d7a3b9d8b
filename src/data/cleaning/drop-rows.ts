import type { Database } from '../database.js';
import { identifier, literal } from '../sql.js';

/** Share of the memory of the data engine that may be held for rows that were deleted. */
const shareOfDeleted = 1 / 4;

/**
 * Bytes that the data engine holds for good where rows were deleted: DuckDB keeps a transaction number beside every row of a
 * vector that one was deleted from.
 */
const bytesOfRow = 8;
const rowsOfVector = 2048;

/** Relations that a table is made from while it is being cleaned. */
const prefixOf = (table: string) => `cleaning ${table} `;

async function relationsBehind(db: Database, table: string): Promise<{ name: string; isView: boolean }[]> {
  return db.rows(
    `SELECT table_name AS name, table_type = 'VIEW' AS "isView" FROM information_schema.tables
     WHERE table_schema = 'main' AND starts_with(table_name, ${literal(prefixOf(table))})`,
  );
}

async function isView(db: Database, table: string): Promise<boolean> {
  const { views } = await db.row<{ views: number }>(
    `SELECT count(*) AS views FROM duckdb_views() WHERE schema_name = 'main' AND view_name = ${literal(table)}`,
  );
  return views > 0;
}

/** Whether so many rows of a table can be deleted within the memory; what they take is noted. */
async function canDelete(db: Database, table: string, dropped: number): Promise<boolean> {
  const opened = db.sources.get(table);
  const { rows } = await db.row<{ rows: number }>(`SELECT count(*) AS rows FROM ${identifier(table)}`);
  const earlier = opened?.heldByDeleted ?? 0;
  const held = Math.min(bytesOfRow * rows, earlier + bytesOfRow * rowsOfVector * dropped);
  const all = [...db.sources.values()].reduce(
    (sum, source) => sum + (source.heldByDeleted ?? 0),
    held - earlier,
  );
  if (all > shareOfDeleted * db.memory) return false;
  if (opened) opened.heldByDeleted = held;
  return true;
}

/** Makes a table anew of those of its rows that a condition holds for. */
async function rewrite(db: Database, table: string, condition = 'true'): Promise<void> {
  const [name, next] = [identifier(table), identifier(`${prefixOf(table)}next`)];
  await db.run(`CREATE TABLE ${next} AS SELECT * FROM ${name} WHERE ${condition}`);
  await db.run(`DROP ${(await isView(db, table)) ? 'VIEW' : 'TABLE'} ${name}`);
  await db.run(`ALTER TABLE ${next} RENAME TO ${name}`);
  const opened = db.sources.get(table);
  if (opened) opened.heldByDeleted = 0;
  for (const behind of await relationsBehind(db, table)) {
    await db.run(`DROP ${behind.isView ? 'VIEW' : 'TABLE'} ${identifier(behind.name)}`);
  }
}

/** SQL of which it is not sure that it means the same once the table is a view of what it was. */
function needsTable(condition: string): boolean {
  return /\b(select|from|table|random|uuid|gen_random_uuid|now|current_\w+|nextval)\b/i.test(condition);
}

/**
 * Drops the rows of a table that a condition holds for. Where deleting them would take too much of the memory, the
 * table becomes a view of the rows that are left, until {@link settle}.
 *
 * @param condition SQL; rows stay for which it is neither true nor false.
 * @param isSafe whether it means the same for a view.
 * @returns how many rows were dropped.
 */
export async function dropRows(
  db: Database,
  table: string,
  condition: string,
  isSafe = !needsTable(condition),
): Promise<number> {
  const name = identifier(table);
  const { dropped } = await db.row<{ dropped: number }>(
    `SELECT count(*) AS dropped FROM ${name} WHERE ${condition}`,
  );
  if (dropped === 0) return 0;
  const view = await isView(db, table);
  if (!view && (await canDelete(db, table, dropped))) return db.run(`DELETE FROM ${name} WHERE ${condition}`);
  const rest = `NOT COALESCE((${condition}\n), false)`;
  if (!isSafe) {
    await rewrite(db, table, rest);
    return dropped;
  }
  const behind = identifier(prefixOf(table) + (await relationsBehind(db, table)).length);
  await db.run(`ALTER ${view ? 'VIEW' : 'TABLE'} ${name} RENAME TO ${behind}`);
  await db.run(`CREATE VIEW ${name} AS SELECT * FROM ${behind} WHERE ${rest}`);
  return dropped;
}

/** The name of a table of what a condition of {@link dropRows} looks at; it goes when the table is settled. */
export async function besideTable(db: Database, table: string): Promise<string> {
  return identifier(
    `${prefixOf(table)}${(await relationsBehind(db, table)).length} ${db.newTable('beside')}`,
  );
}

/** Makes a view that {@link dropRows} has left a table again, for what changes its values or looks at the numbers of its rows. */
export async function settle(db: Database, table: string): Promise<void> {
  const behind = await relationsBehind(db, table);
  // A view without them is a source that stays in its files.
  if (behind.length === 0) return;
  if (await isView(db, table)) await rewrite(db, table);
  else for (const { name } of behind) await db.run(`DROP TABLE ${identifier(name)}`);
}
