import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Database, openSource, sourceSchema } from '../../src/data/index.js';
import { checkIds, requireUnique, unifyIds } from '../../src/data/integrity.js';
import { ascends, numberRows } from '../../src/data/source-table.js';
import { complaint, workshop } from './workshop.js';

const shop = workshop();

const rows = 40_000;

/** Opens a Parquet file of customers with so much memory; gives what became of it. */
async function opened<T>(memory: string, sql: string, look: (db: Database) => Promise<T>): Promise<T> {
  const file = join(shop.folder, 'customers.parquet');
  await shop.db.run(`COPY (${sql}) TO '${file}'`);
  const db = await Database.open({ memory, threads: 1 });
  try {
    const source = sourceSchema.parse({ path: file, columns: { customer: 'id' } });
    await openSource(db, 'customers', source, shop.folder);
    return await look(db);
  } finally {
    await db.close();
  }
}

const kindOf = async (db: Database) =>
  (
    await db.row<{ views: number }>(
      "SELECT count(*) AS views FROM duckdb_views() WHERE view_name = 'customers'",
    )
  ).views;

const columns = Array.from({ length: 60 }, (_, c) => `(i * ${c + 1}) % 97 AS c${c}`);

describe('Parquet that is too large for the memory', () => {
  const sql = `SELECT CASE WHEN i % 1000 = 5 THEN NULL ELSE i::INTEGER END AS id, ${columns} FROM range(${rows}) AS t(i)`;

  it('is read where it is, with the rows and types of a table', async () => {
    const look = async (db: Database) => {
      const report = await checkIds(db, 'customers');
      const found = await db.rows('SELECT * FROM customers WHERE c1 = 3 ORDER BY customer');
      const [{ type }] = await db.rows<{ type: string }>(
        'SELECT typeof(customer) AS type FROM customers LIMIT 1',
      );
      return { kind: await kindOf(db), report, found, type };
    };
    const stayed = await opened('32MB', sql, look);
    const loaded = await opened('512MB', sql, look);
    expect(stayed.kind).toBe(1);
    expect(loaded.kind).toBe(0);
    expect({ ...stayed, kind: 0 }).toEqual(loaded);
    expect(stayed.type).toBe('BIGINT');
    expect(stayed.report[0]).toMatchObject({ rowsIn: rows, rowsDropped: rows / 1000 });
  });

  it('takes the type of the ids of other sources, and numbers its rows', async () => {
    const found = await opened('32MB', sql, async db => {
      await db.run("CREATE TABLE transactions AS SELECT 'x' AS customer");
      await unifyIds(db);
      const source = db.sources.get('customers')!;
      await numberRows(db, source, 'number');
      return db.rows('SELECT number, customer, c0 FROM customers WHERE number IN (1, 30001) ORDER BY 1');
    });
    expect(found).toEqual([
      { number: 1, customer: '0', c0: 0 },
      { number: 30_001, customer: '30000', c0: 30_000 % 97 },
    ]);
  });
});

it('gives ids one type also in a database in a file', async () => {
  const db = await Database.open({ file: join(shop.folder, 'tables.duckdb'), threads: 1 });
  try {
    await db.run(
      "CREATE TABLE customers AS SELECT 1 AS customer; CREATE TABLE transactions AS SELECT '1' AS customer",
    );
    await unifyIds(db);
    expect(await db.row('SELECT typeof(customer) AS type FROM customers')).toEqual({ type: 'VARCHAR' });
  } finally {
    await db.close();
  }
});

it('knows ids that get greater from row to row', async () => {
  const isSo = async (ids: string) => {
    await shop.db.run(`CREATE OR REPLACE TABLE t AS SELECT unnest([${ids}]) AS customer`);
    return ascends(shop.db, 't', 'customer');
  };
  expect(await isSo('1, 2, 10')).toBe(true);
  expect(await isSo("'1', '10', '2'")).toBe(true);
  expect(await isSo('1, NULL, 2')).toBe(true);
  expect(await isSo('7')).toBe(true);
  expect(await isSo('1, 3, 2')).toBe(false);
  expect(await isSo('1, 1, 2')).toBe(false);
  const said = await complaint(() => requireUnique(shop.db, 't', 'customer'));
  expect(said.text).toContain('"1" 2 times');
});
