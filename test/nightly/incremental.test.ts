import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/nightly/load-config.js';
import { run } from '../../src/nightly/run.js';
import { Random } from '../../src/random.js';
import { rowsOf } from '../commands/shop.js';

const customers = 60;
const items = 20;
let folder: string;

/** Everybody has a few items out of one half of the catalogue. */
function orders(seed: number): string[] {
  const random = new Random(seed);
  return Array.from({ length: customers * 5 }, (_, row) => {
    const customer = row % customers;
    return `k${customer},s${2 * random.integer(items / 2) + (customer % 2)},2026-01-0${1 + random.integer(9)}`;
  });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kindred-incremental-'));
  writeFileSync(join(folder, 'orders.csv'), ['who,what,when', ...orders(1), ''].join('\n'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function night(
  out: string,
  { format = 'csv', ...incremental }: { fullEvery?: number; most?: number; format?: string } = {},
  full = false,
) {
  const loaded = loadConfig({
    changes: {
      device: 'cpu',
      value: false,
      segments: false,
      gate: false,
      output: { format },
      recommendations: { count: 5, neighbours: 10 },
      incremental: { most: 1, ...incremental },
      sources: {
        transactions: { path: 'orders.csv', columns: { customer: 'who', item: 'what', time: 'when' } },
      },
    },
    dataFolder: folder,
  });
  return run(loaded, { output: join(folder, out), night: true, full });
}

const read = (out: string) => readFileSync(join(folder, out, 'recommendations.csv'), 'utf8');
const append = (lines: string[]) => appendFileSync(join(folder, 'orders.csv'), `${lines.join('\n')}\n`);

describe('a night on top of the one before', () => {
  test.each([
    'csv',
    'parquet',
  ])('is that night byte for byte where nothing has changed, as %s', async format => {
    await night('out', { format });
    const bytes = () => readFileSync(join(folder, 'out', `recommendations.${format}`));
    const before = bytes();
    const { manifest } = await night('out', { format });
    expect(manifest.incremental).toMatchObject({ nights: 1, changed: 0, kept: customers });
    expect(bytes().equals(before)).toBe(true);
  });

  test('recommends anew to those who bought, as the model of the last full night would, and keeps the rest', async () => {
    const first = await night('out');
    const before = rowsOf(read('out'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(customers - 1), fc.nat(items - 1)), { minLength: 1, maxLength: 6 }),
        async bought => {
          const known = readFileSync(join(folder, 'orders.csv'), 'utf8');
          append(bought.map(([customer, item]) => `k${customer},s${item},2026-02-01`));
          const { manifest, found } = await night('out', { fullEvery: 1000 });
          const buyers = new Set(bought.map(([customer]) => `k${customer}`));
          expect(manifest.incremental?.since).toBe(first.manifest.night);
          const rows = rowsOf(read('out'));
          const kept = (all: typeof rows) => all.filter(({ customer }) => !buyers.has(customer));
          expect(kept(rows)).toEqual(kept(before));
          // Nothing that the customer has is recommended, and nothing twice.
          const lines = readFileSync(join(folder, 'orders.csv'), 'utf8').split('\n');
          for (const { customer, item } of rows.filter(row => buyers.has(row.customer))) {
            expect(lines.some(line => line.startsWith(`${customer},${item},`))).toBe(false);
          }
          expect(found.recommendations?.rows).toBe(rows.length);
          writeFileSync(join(folder, 'orders.csv'), known);
          await night('out', { fullEvery: 1000 });
          expect(rowsOf(read('out'))).toEqual(before);
        },
      ),
      { numRuns: 6, seed: 5 },
    );
  });

  test('is near to a full night, and a full night again when it is time or too much has changed', async () => {
    await night('out', { fullEvery: 3 });
    const random = new Random(2);
    append(
      Array.from({ length: 6 }, () => `k${random.integer(customers)},s${random.integer(items)},2026-02-01`),
    );
    const kept = await night('out', { fullEvery: 3 });
    expect(kept.manifest.incremental?.nights).toBe(1);
    await night('whole', {}, true);
    const pairs = (out: string) =>
      new Set(rowsOf(read(out)).map(({ customer, item }) => `${customer} ${item}`));
    const [incremental, whole] = [pairs('out'), pairs('whole')];
    const common = [...incremental].filter(pair => whole.has(pair)).length;
    expect(common / whole.size).toBeGreaterThan(0.9);
    append(['k1,s1,2026-02-02']);
    expect((await night('out', { fullEvery: 3 })).manifest.incremental?.nights).toBe(2);
    append(['k2,s1,2026-02-02']);
    expect((await night('out', { fullEvery: 3 })).manifest.incremental).toBe(undefined);
    append(['k3,s2,2026-02-02', 'k4,s2,2026-02-02', 'k5,s2,2026-02-02']);
    expect((await night('out', { most: 0.01 })).manifest.incremental).toBe(undefined);
    await night('whole', {}, true);
    expect(read('out')).toBe(read('whole'));
  });

  test('recommends to a new customer, and is a full night where that is asked for', async () => {
    await night('out');
    append(['new,s3,2026-02-02']);
    expect((await night('out', { most: 0.5 })).manifest.incremental).toMatchObject({ changed: 1 });
    expect((await night('out', {}, true)).manifest.incremental).toBe(undefined);
  });
});
