import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Database } from '../../src/data/index.js';
import type { ConfigInput } from '../../src/nightly/config/index.js';
import { loadConfig } from '../../src/nightly/load-config.js';
import { type RunResult, run } from '../../src/nightly/run.js';
import { emptyFolder } from '../commands/kindred.js';

const customers = 70_000;

/** Purchases of customers who buy at rates of their own until they leave; every fiftieth never bought. */
async function writeShop(folder: string): Promise<void> {
  const db = await Database.open({ memory: '512MB' });
  await db.run(
    `COPY (SELECT 'c' || lpad(i::VARCHAR, 6, '0') AS customer, i % 3 AS country FROM range(${customers}) AS t(i))
     TO '${join(folder, 'customers.parquet')}'`,
  );
  await db.run(
    `COPY (SELECT 'c' || lpad(i::VARCHAR, 6, '0') AS customer, i * 10 + j AS basket,
         DATE '2025-01-01' + CAST(hash(i) % 200 + j * (2 + hash(i, 1) % 40) AS INTEGER) AS time, 5 + hash(i, j, 2) % 1000 / 10 AS amount
       FROM range(${customers}) AS a(i), range(8) AS b(j) WHERE i % 50 > 0 AND j <= hash(i, 3) % 8)
     TO '${join(folder, 'sales.parquet')}'`,
  );
  await db.close();
}

async function valued(folder: string, memory: string, value: object, format = 'csv'): Promise<RunResult> {
  const changes = {
    ...{ memory, threads: 2, output: { format } },
    sources: {
      customers: { path: 'customers.parquet', columns: { customer: 'customer' } },
      transactions: {
        path: 'sales.parquet',
        columns: { customer: 'customer', basket: 'basket', time: 'time', amount: 'amount' },
      },
    },
    value,
  } as ConfigInput;
  const loaded = loadConfig({ changes, dataFolder: folder });
  const stages = ['load', 'clean', 'value', 'publish'] as const;
  return run({ ...loaded, baseFolder: folder }, { stages, output: memory });
}

const text = (folder: string, ...name: string[]) => readFileSync(join(folder, ...name), 'utf8');

test.each([
  { model: 'bg-nbd', holdout: '2025-06-01', files: ['customers.csv', 'at-risk.csv'] },
  { model: 'historical', groups: 'country', files: ['customers.csv'] },
])('values by $model on disk are those in memory', async ({ files, ...value }) => {
  const folder = emptyFolder();
  await writeShop(folder);
  const { found: held } = await valued(folder, '1GB', value);
  const { found: spooled } = await valued(folder, '215MB', value);
  expect(held.value!.forecast!.columns.T.held).toBeDefined();
  expect(spooled.value!.forecast!.columns.T.held).toBeUndefined();
  expect(spooled.value!.buying.customers.values).toBeUndefined();
  expect(spooled.value!.rfm.toJSON()).toEqual(held.value!.rfm.toJSON());
  expect(spooled.value!.groups).toEqual(held.value!.groups);
  expect(spooled.value!.report).toEqual(held.value!.report);
  for (const file of files) expect(text(folder, '215MB', file)).toBe(text(folder, '1GB', file));
}, 120_000);

test('a model of customers who do not fit into memory is fitted to a sample of them, and says so', async () => {
  const folder = emptyFolder();
  await writeShop(folder);
  const value = { model: 'bg-nbd' };
  const { found: whole } = await valued(folder, '1GB', value);
  const { found, manifest } = await valued(folder, '16MB', value);
  const { fitted, model } = found.value!.report!;
  expect(fitted!.of).toBe(customers);
  expect(fitted!.sample).toBeGreaterThan(9000);
  expect(fitted!.sample).toBeLessThan(11_000);
  expect(manifest.value!.fitted).toEqual(fitted);
  const all = whole.value!.report!;
  expect(all.fitted).toBeUndefined();
  for (const [name, parameter] of Object.entries(all.model!.purchases.parameters)) {
    expect(model!.purchases.parameters[name] / parameter).toBeGreaterThan(0.8);
    expect(model!.purchases.parameters[name] / parameter).toBeLessThan(1.25);
  }
  expect(found.value!.report!.customers).toBe(all.customers);
  const again = await valued(folder, '16MB', value);
  expect(again.found.value!.report).toEqual(found.value!.report);
}, 120_000);

test.each([
  ['VARCHAR', "'c' || i"],
  ['BIGINT', 'i'],
])('nobody at risk is an empty table with ids of the type %s', async (type, id) => {
  const folder = emptyFolder();
  const db = await Database.open({ memory: '512MB' });
  await db.run(
    `COPY (SELECT ${id} AS customer, i * 10 + j AS basket, DATE '2025-01-01' + CAST(hash(i) % 20 + 7 * j AS INTEGER) AS time,
       10 + hash(i, j) % 10 AS amount FROM range(100) AS a(i), range(8) AS b(j) WHERE j <= 1 + i % 7)
     TO '${join(folder, 'sales.parquet')}'`,
  );
  await db.run(
    `COPY (SELECT DISTINCT customer FROM '${join(folder, 'sales.parquet')}') TO '${join(folder, 'customers.parquet')}'`,
  );
  const value = { model: 'bg-nbd', atRisk: { least: 1e-9, most: 1e-9 } };
  await valued(folder, '1GB', value, 'parquet');
  const found = await db.rows(`DESCRIBE SELECT customer FROM '${join(folder, '1GB', 'at-risk.parquet')}'`);
  expect(found).toMatchObject([{ column_type: type }]);
  await db.close();
});
