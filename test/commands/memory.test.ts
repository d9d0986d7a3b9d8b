import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bytesPerFeature, Database } from '../../src/data/index.js';
import { emptyFolder, kindred } from './kindred.js';

const names = (features: number) => Array.from({ length: features }, (_, f) => `f${f}`);

/** Writes a Parquet file of customers about four middles. */
async function writeCustomers(file: string, customers: number, features: number): Promise<void> {
  const db = await Database.open({ memory: '512MB' });
  const columns = names(features).map(
    (name, f) => `(i % 4 * ${f % 3} + i * ${f + 7} % 1009 / 500)::FLOAT AS ${name}`,
  );
  await db.run(`COPY (SELECT i AS id, ${columns} FROM range(${customers}) AS t(i)) TO '${file}'`);
  await db.close();
}

const told = (features: number) => [
  '--id',
  'id',
  '--features',
  ...names(features),
  '--k',
  '4',
  '--starts',
  '1',
];

/** The most memory that the command takes. */
async function peakOf(customers: number, features: number, memory: string): Promise<number> {
  const folder = emptyFolder();
  await writeCustomers(join(folder, 'customers.parquet'), customers, features);
  const run = ['--memory', memory, '--device', 'native', '--set', 'threads=2', '--out', 'out'];
  const { stdout, stderr } = await kindred(['segment', 'customers.parquet', ...told(features), ...run], {
    cwd: folder,
  });
  expect(stderr).not.toMatch(/error/);
  expect(stdout).toMatch(/were read from disk/);
  expect(stdout).not.toMatch(/more than the/);
  return JSON.parse(readFileSync(join(folder, 'out', 'manifest.json'), 'utf8')).peakMemoryBytes;
}

test('the whole process stays within the memory that it may take, and data need not fit into it', async () => {
  const [customers, features] = [500_000, 64];
  // Held, the features would take more than the limit, scaled in float32 and as they were in float64. In bench/ the data is
  // four times as large as the limit.
  expect(bytesPerFeature * customers * features).toBeGreaterThan(280e6);
  expect(await peakOf(customers, features, '280MB')).toBeLessThan(280e6);
}, 180_000);

test('too little memory is told, and what would be enough', async () => {
  const folder = emptyFolder();
  await writeCustomers(join(folder, 'customers.parquet'), 1000, 2);
  const { code, stdout } = await kindred(['segment', 'customers.parquet', ...told(2), '--memory', '64MB'], {
    cwd: folder,
  });
  expect(stdout).toContain('Segments need 240 MB of memory, more than the 64MB that it may take.');
  expect(code).toBe(0);
});

test.each(['load', 'clean', 'features'])('Ctrl-C after %s leaves no features on disk', async stage => {
  const folder = emptyFolder();
  await writeCustomers(join(folder, 'customers.parquet'), 400_000, 8);
  const temporary = join(folder, 'temporary');
  mkdirSync(temporary);
  let sent = false;
  const run = ['--memory', '64MB', '--max-iterations', '1000', '--tolerance', '0'];
  const { code } = await kindred(['segment', 'customers.parquet', ...told(8), ...run, '--out', 'out'], {
    cwd: folder,
    env: { TMPDIR: temporary },
    watch(text, stop) {
      if (sent || !text.includes(`${stage} `)) return;
      sent = true;
      stop();
    },
  });
  expect(code).toBe(130);
  expect(readdirSync(folder).sort()).toEqual(['customers.parquet', 'temporary']);
  expect(readdirSync(temporary)).toEqual([]);
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
  const engine = [
    '--memory',
    '300MB',
    '--set',
    'recommendations.als.factors=8',
    '--set',
    'recommendations.als.confidence=2',
  ];
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
  const few = await recommendPeakOf(150_000);
  const many = await recommendPeakOf(450_000);
  expect((many - few) / 300_000).toBeLessThan(150);
}, 120_000);
