import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { evaluationSummary } from '../../src/commands/print/evaluation.js';
import { Database } from '../../src/data/index.js';
import type { ConfigInput } from '../../src/nightly/config/index.js';
import { loadConfig } from '../../src/nightly/load-config.js';
import { type RunResult, run } from '../../src/nightly/run.js';
import { emptyFolder } from '../commands/kindred.js';

const customers = 8000;
const tastes = 15;
/** Items of each taste. */
const items = 30;

/** Purchases of customers of a taste, of which every eleventh is kept for a test, and some that anybody makes. */
async function writeShop(folder: string): Promise<void> {
  const db = await Database.open({ memory: '512MB' });
  const sold = `SELECT 'c' || lpad(i::VARCHAR, 6, '0') AS customer, DATE '2025-01-01' + CAST(hash(i, j) % 300 AS INTEGER) AS time,
      'p' || (CASE WHEN j = 0 THEN hash(i) % ${tastes * items}
        ELSE ${items} * (i % ${tastes}) + floor(${items} * pow(hash(i, j, 1) % 1000 / 1000, 2)) END)::INTEGER AS item,
      hash(i, j, 2) % 11 = 0 AS kept, 'country' || (i % 3) AS country
    FROM range(${customers}) AS a(i), range(16) AS b(j)`;
  await db.run(`CREATE TABLE sold AS ${sold}`);
  const known = 'SELECT * EXCLUDE (kept) FROM sold WHERE NOT kept';
  await db.run(`COPY (${known}) TO '${join(folder, 'sales.parquet')}'`);
  const unknown = `SELECT DISTINCT customer, item FROM sold WHERE kept EXCEPT SELECT customer, item FROM sold WHERE NOT kept`;
  await db.run(`COPY (${unknown}) TO '${join(folder, 'test.parquet')}'`);
  await db.close();
}

const transactions = {
  path: 'sales.parquet',
  columns: { customer: 'customer', item: 'item', time: 'time' },
};

async function recommend(
  folder: string,
  memory: string,
  recommendations: object,
  output = 'out',
): Promise<RunResult> {
  const changes = {
    ...{ memory, threads: 2, output: { format: 'parquet' } },
    sources: { transactions },
    recommendations,
  } as ConfigInput;
  const loaded = loadConfig({ changes, dataFolder: folder });
  const stages = ['load', 'clean', 'recommendations', 'publish'] as const;
  return run({ ...loaded, baseFolder: folder }, { stages, output });
}

/** The share of what customers bought in the test that they were recommended. */
async function foreseen(folder: string, output: string): Promise<number> {
  const db = await Database.open({ memory: '512MB' });
  const [test, recommended] = ['test', `${output}/recommendations`].map(
    name => `'${join(folder, `${name}.parquet`)}'`,
  );
  const { share } = await db.row<{ share: number }>(
    `SELECT (SELECT count(*) FROM ${test} SEMI JOIN ${recommended} USING (customer, item)) / count(*) AS share FROM ${test}`,
  );
  await db.close();
  return share;
}

test('what is only counted and the neighbours of items are found from all purchases on disk as in memory', async () => {
  const folder = emptyFolder();
  await writeShop(folder);
  const chain = ['item', 'popular-in-country', 'trending', 'popular'];
  const files = ['recommendations.parquet', 'similar-items.parquet'];
  const read = (output: string) => files.map(name => readFileSync(join(folder, output, name)));
  const asked = { chain, count: 5, similarItems: true };
  const held = await recommend(folder, '1GB', asked, 'held');
  const spooled = await recommend(folder, '128MB', asked, 'spooled');
  expect(spooled.found.recommendations).toEqual(held.found.recommendations);
  expect(spooled.manifest.fitted).toBeUndefined();
  expect(read('spooled')).toEqual(read('held'));
}, 120_000);

test('what has to hold customers learns from a sample of them, says so, and foresees what all buy', async () => {
  const folder = emptyFolder();
  await writeShop(folder);
  const remark = (what: string) =>
    new RegExp(
      `^${what} to [1-9],\\d{3} of 8,000 customers, a sample: all of them do not fit into 128MB of memory\\.$`,
    );
  const blend = { blend: ['als', 'customer'], chain: ['blend', 'popular'], als: { factors: 16 } };
  const { found, manifest } = await recommend(folder, '128MB', { ...blend, similarCustomers: true });
  const { remarks, fitted } = found.recommendations!;
  expect(remarks).toEqual([
    expect.stringMatching(remark('Fitted als, customer')),
    expect.stringMatching(remark('Compared customers')),
    expect.stringMatching(remark('Fitted the weights of the blend')),
  ]);
  expect(manifest.fitted).toEqual(fitted);
  expect(fitted).toMatchObject({ of: customers, parts: ['als', 'customer'] });
  expect(found.recommendations!.rows).toBe(10 * customers);
  const again = await recommend(folder, '128MB', { ...blend, similarCustomers: true }, 'again');
  expect(again.found.recommendations).toEqual(found.recommendations);
  await recommend(folder, '1GB', blend, 'whole');
  await recommend(folder, '1GB', { chain: ['popular'] }, 'popular');
  const [sample, whole, popular] = await Promise.all(
    ['out', 'whole', 'popular'].map(output => foreseen(folder, output)),
  );
  expect(sample).toBeGreaterThan(4 * popular);
  expect(sample).toBeGreaterThan(0.9 * whole);
}, 120_000);

test('a comparison says of which customers it is, where these are not all', async () => {
  const folder = emptyFolder();
  await writeShop(folder);
  const compare = (memory: string) => {
    const changes = {
      ...{ memory, threads: 2, seed: 3, output: { format: 'csv' } },
      sources: { transactions },
      recommendations: { count: 5 },
      evaluation: { recommenders: ['popular', 'item'], split: 'random', customers: 300 },
    } as ConfigInput;
    const loaded = loadConfig({ changes, dataFolder: folder });
    const stages = ['load', 'clean', 'evaluation', 'publish'] as const;
    return run({ ...loaded, baseFolder: folder }, { stages, output: memory });
  };
  const some = await compare('64MB');
  const { customers: tested, testable, sample } = some.found.evaluation!;
  expect(sample).toEqual({ customers: sample!.customers, of: customers, seed: 3, memory: '64MB' });
  expect(sample!.customers).toBeLessThan(customers / 2);
  expect(tested).toBe(300);
  expect(testable).toBeGreaterThan(300);
  expect(testable).toBeLessThanOrEqual(sample!.customers);
  expect(some.manifest.evaluated).toEqual({ customers: tested, testable, sample });
  const text = evaluationSummary(some);
  const figure = (value: number) => value.toLocaleString('en-US');
  expect(text).toContain(
    `A sample of ${figure(sample!.customers)} of 8,000 customers, drawn with seed 3: all of them do not fit into 64MB of memory.`,
  );
  expect(text).toContain(`Tested on 300 of ${figure(testable!)} customers who could be, evenly picked`);
  const all = await compare('1GB');
  expect(all.found.evaluation!.sample).toBeUndefined();
  expect(evaluationSummary(all)).not.toContain('A sample of');
}, 120_000);
