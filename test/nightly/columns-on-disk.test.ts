import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Database } from '../../src/data/index.js';
import type { ConfigInput } from '../../src/nightly/config/index.js';
import { loadConfig } from '../../src/nightly/load-config.js';
import { type RunResult, run } from '../../src/nightly/run.js';
import { emptyFolder } from '../commands/kindred.js';

const customers = 2000;

/** Customers of three habits, each with tastes of their own, and what they bought until a day. */
async function writeShop(folder: string, last: string): Promise<void> {
  const db = await Database.open({ memory: '512MB' });
  await db.run(
    `COPY (SELECT 'c' || lpad(i::VARCHAR, 5, '0') AS customer, 'country' || (i % 4) AS country, 20 + hash(i) % 50 AS age,
       (i % 3 * 1000 + hash(i, 4) % 100)::DOUBLE AS income FROM range(${customers}) AS t(i))
     TO '${join(folder, 'customers.parquet')}'`,
  );
  await db.run(
    `COPY (SELECT * FROM (
       SELECT 'c' || lpad(i::VARCHAR, 5, '0') AS customer, i * 20 + j AS basket,
         'p' || (60 * (i % 4) + floor(60 * pow(hash(i, j, 1) % 1000 / 1000, 2)))::INTEGER AS item,
         DATE '2025-01-01' + CAST(hash(i) % 100 + j * (2 + hash(i, 1) % 25) AS INTEGER) AS time,
         5 + 100 * (i % 3) + hash(i, j, 2) % 100 / 10 AS amount
       FROM range(${customers}) AS a(i), range(12) AS b(j) WHERE i % 50 > 0 AND j <= 1 + hash(i, 3) % 11
     ) WHERE time <= DATE '${last}')
     TO '${join(folder, 'sales.parquet')}'`,
  );
  await db.close();
}

/** Two nights, of which the second is compared with the first and built on it. */
async function nights(memory: string): Promise<{ folder: string; last: RunResult }> {
  const folder = emptyFolder();
  const roles = ['customer', 'basket', 'item', 'time', 'amount'];
  const changes = {
    ...{ memory, threads: 2, device: 'cpu', output: { format: 'parquet' }, gate: false },
    sources: {
      customers: { path: 'customers.parquet', columns: { customer: 'customer' } },
      transactions: {
        path: 'sales.parquet',
        columns: Object.fromEntries(roles.map(role => [role, role])),
      },
    },
    features: ['monetary', { name: 'income', source: 'customers', column: 'income' }],
    segments: { k: 3, starts: 2 },
    value: { model: 'bg-nbd', groups: 'country', holdout: '2025-05-01' },
    recommendations: {
      ...{ chain: ['item', 'segment', 'popular-in-country', 'attributes'], count: 5, neighbours: 10 },
      attributes: { features: [{ name: 'age', source: 'customers', column: 'age' }] },
    },
    incremental: { most: 1, drift: 1 },
  } as ConfigInput;
  const night = () => {
    const loaded = loadConfig({ changes, dataFolder: folder });
    return run({ ...loaded, baseFolder: folder }, { output: 'out', night: true });
  };
  await writeShop(folder, '2025-07-01');
  await night();
  await writeShop(folder, '2025-07-20');
  return { folder, last: await night() };
}

test('a night whose columns are on disk is that of columns in memory', async () => {
  const [held, spooled] = [await nights('2GB'), await nights('128MB')];
  const [inMemory, onDisk] = [held.last.found, spooled.last.found];
  for (const [found, isHeld] of [
    [inMemory, true],
    [onDisk, false],
  ] as const) {
    const { customers: segments, drift } = found.segments!;
    const columns = [segments.labels, segments.distances, drift!.earlier!, found.value!.among!.codes];
    for (const column of columns) expect(column.held !== undefined).toBe(isHeld);
  }
  expect(onDisk.value!.report).toEqual(inMemory.value!.report);
  expect(onDisk.value!.groups).toEqual(inMemory.value!.groups);
  expect(onDisk.segments!.profiles).toEqual(inMemory.segments!.profiles);
  expect(onDisk.segments!.categories).toEqual(inMemory.segments!.categories);
  const { migration } = onDisk.segments!.drift!.report;
  expect(migration).toEqual(inMemory.segments!.drift!.report.migration);
  expect(onDisk.recommendations).toMatchObject({
    incremental: { changed: inMemory.recommendations!.incremental!.changed },
    rows: inMemory.recommendations!.rows,
    examples: inMemory.recommendations!.examples,
  });
  expect(onDisk.recommendations!.incremental!.changed).toBeGreaterThan(0);
  const db = await Database.open();
  for (const table of ['customers', 'at-risk', 'migration', 'recommendations', 'model/customer-rows']) {
    const [one, other] = [held, spooled].map(({ folder }) => {
      // Centroids of a stream are sums in another order.
      const columns = table === 'customers' ? '* EXCLUDE (distance)' : '*';
      return `SELECT ${columns} FROM '${join(folder, 'out', `${table}.parquet`)}'`;
    });
    const { rows } = await db.row<{ rows: number }>(
      `SELECT count(*) AS rows FROM (((${one}) EXCEPT ALL (${other})) UNION ALL ((${other}) EXCEPT ALL (${one})))`,
    );
    expect([table, rows]).toEqual([table, 0]);
  }
  await db.close();
}, 120_000);
