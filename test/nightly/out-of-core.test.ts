import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Database } from '../../src/data/index.js';
import type { ConfigInput } from '../../src/nightly/config/index.js';
import { loadConfig } from '../../src/nightly/load-config.js';
import { type RunResult, run } from '../../src/nightly/run.js';
import { emptyFolder } from '../commands/kindred.js';

const customers = 120_000;
const features = 6;

/** Customers about four middles, every seventh value of a feature missing. */
async function writeCustomers(file: string, { count = customers, id = 'i', more = '' } = {}): Promise<void> {
  const db = await Database.open({ memory: '512MB' });
  const columns = Array.from({ length: features }, (_, f) => {
    const value = `hash(i * ${features} + ${f}) % 10000 / 5000.0 + (i % 4) * ${(f % 3) - 1}`;
    return `(CASE WHEN i % 7 = ${f} THEN NULL ELSE ${value} END)::FLOAT AS f${f}`;
  });
  await db.run(`COPY (SELECT ${id} AS id, ${columns} ${more} FROM range(${count}) AS t(i)) TO '${file}'`);
  await db.close();
}

async function segment(folder: string, memory: string, more: object = {}): Promise<RunResult> {
  const changes = {
    memory,
    threads: 1,
    sources: { customers: { path: 'customers.parquet', columns: { customer: 'id' } } },
    features: Array.from({ length: features }, (_, f) => ({
      ...{ name: `f${f}`, source: 'customers', column: `f${f}`, missing: 'median' },
      scale: (['standard', 'minmax', 'robust'] as const)[f % 3],
    })),
    segments: { k: 4, starts: 1, correlation: 'pearson' },
    ...more,
  } as ConfigInput;
  const loaded = loadConfig({ changes, dataFolder: folder });
  const stages = ['load', 'clean', 'features', 'segments', 'publish'] as const;
  return run({ ...loaded, baseFolder: folder }, { stages, output: 'out' });
}

/** The segments of the customers as they were written. */
async function labelsIn(folder: string, format: string): Promise<number[]> {
  const db = await Database.open();
  try {
    const file = join(folder, 'out', `customers.${format}`);
    const rows = await db.rows<{ segment: number }>(`SELECT segment FROM '${file}' ORDER BY customer`);
    return rows.map(({ segment }) => segment);
  } finally {
    await db.close();
  }
}

test('segments of features on disk are those of features in memory, and so is all that is told of them', async () => {
  const folder = emptyFolder();
  await writeCustomers(join(folder, 'customers.parquet'));
  const { found: held } = await segment(folder, '1GB');
  const labels = await labelsIn(folder, 'parquet');
  const { found: spooled } = await segment(folder, '16MB');
  expect(held.features!.customers.values).toBeDefined();
  expect(spooled.features!.customers.values).toBeUndefined();
  const [whole, streamed] = [held.segments!, spooled.segments!];
  expect(streamed.remarks).toEqual([
    'The features of all customers take 9 MB, too much for 16MB of memory: they were read from disk, batch by batch. Correlations are those of a sample.',
    'Segments need 240 MB of memory, more than the 16MB that it may take.',
  ]);
  expect(whole.remarks).toEqual([]);
  expect(streamed.model.sizes).toEqual(whole.model.sizes);
  expect(whole.customers.labels.held).toBeDefined();
  expect(streamed.customers.labels.held).toBeUndefined();
  expect(await labelsIn(folder, 'parquet')).toEqual(labels);
  expect(streamed.kmeans!.inertia / whole.kmeans!.inertia).toBeCloseTo(1, 6);
  expect(streamed.profiles).toEqual(whole.profiles);
  expect(streamed.fidelity).toBe(whole.fidelity);
  for (const figure of ['silhouette', 'calinskiHarabasz', 'daviesBouldin'] as const) {
    expect(streamed.quality[figure] / whole.quality[figure]).toBeCloseTo(1, 4);
  }
  streamed.correlations!.values.forEach((value, i) => {
    expect(value).toBeCloseTo(whole.correlations!.values[i], 1);
  });
  // The second run was compared with the first.
  expect(spooled.segments!.drift!.report).toMatchObject({
    migration: { known: customers, changed: 0, joined: 0, gone: 0 },
    warnings: [],
  });
  const chosen = await segment(folder, '16MB', { segments: { k: { from: 3, to: 5 }, starts: 1 } });
  expect(chosen.found.segments!.remarks[0]).toMatch(
    /^3 segments: .* \(by 20,000 of the 120,000 customers\)\.$/,
  );
}, 120_000);

test('customers in no order, in a file too large to be loaded, are the same on disk and in memory', async () => {
  const folder = emptyFolder();
  const count = 180_000;
  const columns = Array.from({ length: 6 }, (_, c) => `, i * ${c} AS c${c}`).join('');
  const more = `, CASE WHEN i % 4 < 2 THEN 'a' ELSE 'b' END AS kind ${columns}`;
  const id = `'C' || (i * 7919) % ${count}`;
  await writeCustomers(join(folder, 'customers.parquet'), { count, id, more });
  const { found: held } = await segment(folder, '2GB', { output: { format: 'csv' } });
  const text = (name: string) => readFileSync(join(folder, 'out', name), 'utf8');
  const before = text('customers.csv');
  const { found: spooled } = await segment(folder, '16MB', { output: { format: 'csv' } });
  expect(spooled.features!.customers.values).toBeUndefined();
  expect(spooled.segments!.customers.labels.held).toBeUndefined();
  expect(spooled.segments!.profiles).toEqual(held.segments!.profiles);
  expect(spooled.segments!.categories).toEqual(held.segments!.categories);
  expect(text('customers.csv')).toBe(before);
  expect(text('migration.csv').trim().split('\n')).toHaveLength(1);
}, 120_000);
