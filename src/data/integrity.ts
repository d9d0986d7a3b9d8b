import { DataError } from '../errors.js';
import { tableColumns } from './columns.js';
import type { Database } from './database.js';
import type { QualityRow } from './quality.js';
import { alterColumn, ascends, dropWithout } from './source-table.js';
import { identifier, literal } from './sql.js';

const ids = ['customer', 'item', 'basket'];

/**
 * Gives the ids of one kind the same type in every table: where one source has integers and another text, all become
 * text, so that they can be joined.
 */
export async function unifyIds(db: Database): Promise<void> {
  for (const id of ids) {
    const found = await db.rows<{ table: string; type: string }>(
      `SELECT table_name AS "table", data_type AS type FROM duckdb_columns()
       WHERE database_name = current_database() AND schema_name = 'main' AND column_name = ${literal(id)}`,
    );
    if (new Set(found.map(({ type }) => type)).size < 2) continue;
    for (const { table, type } of found)
      if (type !== 'VARCHAR')
        await alterColumn(db, db.sources.get(table) ?? { name: table }, id, 'VARCHAR', identifier(id));
  }
}

/** @throws DataError when a table that has one row per id (customers, items) has two of the same */
export async function requireUnique(db: Database, table: string, id: 'customer' | 'item'): Promise<void> {
  if (await ascends(db, table, id)) return;
  if (await ascends(db, table, id)) return;
  const duplicates = await db.rows<{ id: string; times: number; ids: number }>(
    `SELECT CAST(${id} AS VARCHAR) AS id, count(*) AS times, count(*) OVER () AS ids FROM ${identifier(table)}
     WHERE ${id} IS NOT NULL GROUP BY ${id} HAVING count(*) > 1 ORDER BY times DESC, ${id} LIMIT 1`,
  );
  if (duplicates.length === 0) return;
  const [{ id: first, times, ids: count }] = duplicates;
  const others =
    count > 1
      ? ` and ${count === 2 ? '1 more id' : `${(count - 1).toLocaleString('en')} more ids`} repeated`
      : '';
  const opened = db.sources.get(table);
  throw new DataError({
    expected: `one row for each ${id}`,
    found: `"${first}" ${times.toLocaleString('en')} times${others}`,
    file: opened?.files[0] ?? table,
    column: opened?.original(id) ?? id,
    hint: `Mend the source, or clean it with \`dropDuplicates: [${id}]\`, which keeps the first row of each.`,
  });
}

/**
 * Checks a source after cleaning. In customers and items, whose rows are one per id, rows without id are left out;
 * in other sources they stay, since a sale without a customer still counts for baskets.
 */
export async function checkIds(db: Database, table: string): Promise<QualityRow[]> {
  const id = table === 'items' ? 'item' : 'customer';
  if (!(await tableColumns(db, table)).some(({ name }) => name === id)) return [];
  const { rows, without } = await db.row<{ rows: number; without: number }>(
    `SELECT count(*) AS rows, count(*) - count(${id}) AS without FROM ${identifier(table)}`,
  );
  const oneEach = table === 'customers' || table === 'items';
  if (oneEach) {
    if (without > 0) await dropWithout(db, db.sources.get(table) ?? { name: table }, id);
    if (without === rows)
      throw new DataError({
        expected: `ids in the column of the ${id}`,
        found: 'none',
        file: table,
        column: id,
      });
    await requireUnique(db, table, id);
  }
  if (without === 0) return [];
  const dropped = oneEach ? without : 0;
  const reason = oneEach
    ? `no ${id} id; left out`
    : `rows without ${id} id (${without.toLocaleString('en')}) count for no ${id}`;
  return [
    { source: table, rule: 'ids', column: id, rowsIn: rows, rowsChanged: 0, rowsDropped: dropped, reason },
  ];
}

/**
 * Transactions in the future: they stay, but "now" is the day after the last one unless a snapshot is given, so that one
 * mistyped year makes everybody long gone. A day is allowed for, since times have no time zone.
 *
 * @param now what the clock says
 */
export async function checkTimes(db: Database, now = new Date()): Promise<QualityRow[]> {
  if (!(await tableColumns(db, 'transactions')).some(({ name }) => name === 'time')) return [];
  const latest = `TIMESTAMP ${literal(now.toISOString().slice(0, 19).replace('T', ' '))} + INTERVAL 1 DAY`;
  const { rows, ahead, last } = await db.row<{ rows: number; ahead: number; last: string | null }>(
    `SELECT count(*) AS rows, count(*) FILTER (TRY_CAST(time AS TIMESTAMP) > ${latest}) AS ahead,
       CAST(CAST(max(TRY_CAST(time AS TIMESTAMP)) AS DATE) AS VARCHAR) AS last FROM transactions`,
  );
  if (ahead === 0) return [];
  const reason = `rows in the future (${ahead.toLocaleString('en')}, the last on ${last}): recency counts from the last row unless a snapshot is given`;
  const counts = { rowsIn: rows, rowsChanged: 0, rowsDropped: 0 };
  return [{ source: 'transactions', rule: 'times', column: 'time', ...counts, reason }];
}

/**
 * Checks that the customers of a source are among those of the customers table; where some are not, they are left
 * out of what is told of customers, and reported.
 *
 * @throws DataError when none is, since then the ids are surely written in different ways
 */
export async function checkStrangers(db: Database, table: string): Promise<QualityRow[]> {
  const known = `FROM ${identifier(table)} AS t WHERE t.customer IS NOT NULL`;
  const unknown = `FROM ${identifier(table)} AS t ANTI JOIN customers AS c ON c.customer = t.customer WHERE t.customer IS NOT NULL`;
  const { strange } = await db.row<{ strange: number }>(`SELECT count(*) AS strange ${unknown}`);
  if (strange === 0) return [];
  // Most shops have none: customers are only counted where there are some.
  const different = (from: string) => `(SELECT count(*) FROM (SELECT DISTINCT t.customer ${from}))`;
  const { rows, strangers, customers } = await db.row<Record<string, number>>(
    `SELECT (SELECT count(*) ${known}) AS rows, ${different(unknown)} AS strangers, ${different(known)} AS customers`,
  );
  if (strangers === customers) {
    const example = (from: string) =>
      db.row<{ id: string }>(
        `SELECT CAST(customer AS VARCHAR) AS id FROM ${identifier(from)} WHERE customer IS NOT NULL LIMIT 1`,
      );
    const [here, there] = [await example(table), await example('customers')];
    throw new DataError({
      expected: 'ids that are in the customers table',
      found: `none of ${customers.toLocaleString('en')} ("${here.id}" here, "${there.id}" there)`,
      file: table,
      column: db.sources.get(table)?.original('customer') ?? 'customer',
      hint: 'Check which column is the customer in each source, and how the ids are written.',
    });
  }
  const who = strangers === 1 ? '1 customer is' : `${strangers.toLocaleString('en')} customers are`;
  const reason = `${who} not in the customers table; left out of the features`;
  return [
    {
      source: table,
      rule: 'ids',
      column: 'customer',
      rowsIn: rows,
      rowsChanged: 0,
      rowsDropped: strange,
      reason,
    },
  ];
}
