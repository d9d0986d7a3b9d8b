import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Database } from '../../src/data/index.js';
import { emptyFolder, kindred } from './kindred.js';

const features = 3;

/** The most memory that the command takes for so many customers whose features do not fit into that of the configuration. */
async function peakOf(customers: number): Promise<number> {
  const folder = emptyFolder();
  const db = await Database.open({ memory: '512MB' });
  const columns = Array.from({ length: features }, (_, f) => `(i % ${f + 2} + random())::FLOAT AS f${f}`);
  const file = join(folder, 'customers.parquet');
  await db.run(`COPY (SELECT i AS id, ${columns} FROM range(${customers}) AS t(i)) TO '${file}'`);
  await db.close();
  const told = ['--id', 'id', '--features', 'f0', 'f1', 'f2', '--k', '2', '--starts', '1'];
  const engine = ['--memory', '32MB', '--set', 'threads=2', '--device', 'native'];
  const { stderr } = await kindred(['segment', file, ...told, ...engine, '--out', 'out'], { cwd: folder });
  expect(stderr).not.toMatch(/error/);
  return JSON.parse(readFileSync(join(folder, 'out', 'manifest.json'), 'utf8')).peakMemoryBytes;
}

test('memory hardly grows with customers whose features are on disk', async () => {
  const few = await peakOf(50_000);
  const many = await peakOf(1_000_000);
  // Bytes, with those of the data engine, which spills from 32 MB on.
  expect((many - few) / 950_000).toBeLessThan(190);
}, 120_000);

/** The most memory that recommending to so many customers takes where what they have does not fit into that of the configuration. */
async function recommendPeakOf(customers: number): Promise<number> {
  const folder = emptyFolder();
  const db = await Database.open({ memory: '512MB' });
  const file = join(folder, 'sales.parquet');
  await db.run(
    `COPY (SELECT i AS customer, (i * 7 + j * j * (i % 5 + 1)) % 2000 AS item FROM range(${customers}) AS a(i), range(12) AS b(j))
     TO '${file}'`,
  );
  await db.close();
  const told = ['--customer', 'customer', '--item', 'item', '--algorithm', 'als', '--count', '3'];
  const engine = ['--memory', '64MB', '--set', 'threads=2', '--set', 'recommendations.als.factors=8'];
  const { stderr } = await kindred(
    ['recommend', file, ...told, ...engine, '--device', 'native', '--out', 'out'],
    { cwd: folder },
  );
  expect(stderr).not.toMatch(/error/);
  const manifest = JSON.parse(readFileSync(join(folder, 'out', 'manifest.json'), 'utf8'));
  expect(manifest.fitted.sample).toBeLessThan(customers);
  return manifest.peakMemoryBytes;
}

test('memory does not grow with customers who are recommended to', async () => {
  const few = await recommendPeakOf(120_000);
  const many = await recommendPeakOf(480_000);
  expect((many - few) / 360_000).toBeLessThan(150);
}, 120_000);
