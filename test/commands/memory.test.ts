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
