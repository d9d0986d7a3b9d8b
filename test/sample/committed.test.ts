import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { writeSample } from '../../src/sample/write-sample.js';

it('the committed shop is what its command in datasets/README.md writes, and stays small', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kindred-sample-'));
  const sizes = { customers: 2000, items: 240, transactionsPerCustomer: 10, seed: 1 };
  const { files } = await writeSample({ ...sizes, folder });
  let bytes = 0;
  for (const file of files) {
    const committed = join('datasets/sample-shop', basename(file));
    expect(await readFile(committed, 'utf8'), committed).toBe(await readFile(file, 'utf8'));
    bytes += (await stat(committed)).size;
  }
  expect(bytes).toBeLessThan(2e6);
  await rm(folder, { recursive: true });
});
