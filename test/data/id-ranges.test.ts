import { expect, it } from 'vitest';
import { idRanges } from '../../src/data/id-ranges.js';
import { Database, type Feature, FeatureEncoder } from '../../src/data/index.js';
import { readSplitHistory } from '../../src/data/purchase-history.js';

async function withShop<T>(memory: string, id: string, look: (db: Database) => Promise<T>): Promise<T> {
  const db = await Database.open({ memory, threads: 2 });
  try {
    await db.run(
      `CREATE TABLE customers AS SELECT ${id} AS customer, i % 90 AS age FROM range(300000) AS t(i)`,
    );
    await db.run(
      `CREATE TABLE transactions AS SELECT (i * 7919) % 300000 AS i, i // 2 AS basket, i % 13 AS amount,
         CAST('2024-01-01' AS TIMESTAMP) + to_days(CAST(i % 365 AS INTEGER)) AS time FROM range(500000) AS t(i)`,
    );
    await db.run(`ALTER TABLE transactions ADD COLUMN customer ${id.startsWith('i') ? 'BIGINT' : 'VARCHAR'}`);
    await db.run(`UPDATE transactions SET customer = ${id}`);
    return await look(db);
  } finally {
    await db.close();
  }
}

it.each(["'k' || i", 'i - 150000'])('cuts customers into ranges in the order of their ids: %s', async id => {
  await withShop('512MB', id, async db => {
    const ranges = await idRanges(db, 'customers', 5);
    expect(ranges).toHaveLength(5);
    let last: unknown;
    let customers = 0;
    for (const range of ranges) {
      const { rows, first, end, after } = await db.row<Record<string, number>>(
        `SELECT count(*) AS rows, min(customer) AS first, max(customer) AS "end",
           ${last === undefined ? 'TRUE' : `min(customer) > ${typeof last === 'string' ? `'${last}'` : last}`} AS after
         FROM customers WHERE ${range}`,
      );
      expect(rows).toBeGreaterThan(40_000);
      expect(rows).toBeLessThan(80_000);
      expect([first, after]).toEqual([first, true]);
      [last, customers] = [end, customers + rows];
    }
    expect(customers).toBe(300_000);
  });
});

it('makes one range of few customers, and of those who are all the same', async () => {
  const db = await Database.open({ memory: '64MB' });
  await db.run("CREATE TABLE customers AS SELECT 'a' AS customer FROM range(9)");
  expect(await idRanges(db, 'customers', 1)).toEqual(['TRUE']);
  const rows = [];
  for (const range of await idRanges(db, 'customers', 4))
    rows.push((await db.row<{ rows: number }>(`SELECT count(*) AS rows FROM customers WHERE ${range}`)).rows);
  expect(rows.reduce((sum, some) => sum + some, 0)).toBe(9);
  await db.close();
});

it('finds the same features range by range as at once', async () => {
  const found = (memory: string) =>
    withShop(memory, "'k' || i", async db => {
      const features: Feature[] = [
        'recency',
        'frequency',
        'monetary',
        { name: 'mean', sql: 'avg(amount / 7.0)' },
      ];
      const { customers, encoder } = await FeatureEncoder.fitWithin(db, features, 0);
      const columns = customers.names.map((_, i) => Array.from(customers.raw(i).part(0, customers.rows)));
      return { columns, encoder: encoder.toJSON() };
    });
  const [little, enough] = [await found('40MB'), await found('1GB')];
  expect(little.columns[0]).toHaveLength(300_000);
  expect(little.encoder).toEqual(enough.encoder);
  for (const [i, column] of little.columns.entries())
    expect(column.findIndex((value, row) => !Object.is(value, enough.columns[i]![row]))).toBe(-1);
});

it('finds the same histories of purchases range by range as at once', async () => {
  const found = (memory: string) =>
    withShop(memory, "'k' || i", async db => {
      const { columns, births, repeats } = await readSplitHistory(db, {
        split: '2024-07-01',
        end: '2024-12-30',
        memory: 0,
      });
      return [
        ...Object.values(columns).map(column => Array.from(column.part(0, column.length))),
        Array.from(births),
        Array.from(repeats),
      ];
    });
  const [little, enough] = [await found('40MB'), await found('1GB')];
  for (const [i, column] of little.entries()) {
    expect(column.length).toBe(enough[i]!.length);
    expect(column.findIndex((value, row) => !Object.is(value, enough[i]![row]))).toBe(-1);
  }
});
