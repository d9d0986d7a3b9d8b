import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/nightly/load-config.js';
import { loadRecommenderModel } from '../../src/nightly/recommend/recommender-model.js';
import { run } from '../../src/nightly/run.js';
import { Random } from '../../src/random.js';
import { ItemNeighbours } from '../../src/recommend/index.js';
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

interface Settings {
  fullEvery?: number;
  most?: number;
  tolerance?: number;
  drift?: number;
  format?: string;
}

function night(out: string, { format = 'csv', ...incremental }: Settings = {}, full = false) {
  const loaded = loadConfig({
    changes: {
      device: 'cpu',
      value: false,
      segments: false,
      gate: false,
      output: { format },
      recommendations: { count: 5, neighbours: 10 },
      incremental: { most: 1, drift: 1, ...incremental },
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

  test.each([
    'csv',
    'parquet',
  ])('is equal to a full night where nothing may be off, also with new customers and items, as %s', async format => {
    let last = (await night('out', { format })).manifest.night;
    const known = readFileSync(join(folder, 'orders.csv'), 'utf8');
    const bytes = (out: string) => readFileSync(join(folder, out, `recommendations.${format}`));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(customers + 2), fc.nat(items + 1)), { minLength: 1, maxLength: 4 }),
        async bought => {
          writeFileSync(join(folder, 'orders.csv'), known);
          append(bought.map(([customer, item]) => `k${customer},s${item},2026-02-01`));
          await night('whole', { format }, true);
          const { manifest } = await night('out', { format, tolerance: 0, fullEvery: 1000 });
          // Only where items went again that a night before had, everything is computed.
          if (manifest.incremental) expect(manifest.incremental.changed).toBeGreaterThan(0);
          else last = manifest.night;
          expect(manifest.incremental?.since ?? last).toBe(last);
          expect(bytes('out').equals(bytes('whole'))).toBe(true);
        },
      ),
      { numRuns: 3, seed: 5 },
    );
  });

  test('keeps what is off by no more than the tolerance, and is of one model', async () => {
    await night('out');
    append(['k1,s2,2026-02-01', 'k2,s5,2026-02-01']);
    const { manifest } = await night('out', { tolerance: 0.03 });
    const report = manifest.incremental!;
    expect(report.items).toBeLessThan(items);
    expect(report.items).toBeGreaterThan(0);
    expect(report.kept).toBeGreaterThan(0);
    await night('whole', {}, true);
    const load = (out: string) => ItemNeighbours.load(join(folder, out, 'model'), { name: 'item' });
    const [kept, now] = [await load('out'), await load('whole')];
    for (let item = 0; item < items; item++) {
      const scores = new Map(now.neighbours(item).map(({ item: other, score }) => [other, score]));
      for (const { item: other, score } of kept.neighbours(item)) {
        expect(Math.abs(score - (scores.get(other) ?? score))).toBeLessThanOrEqual(0.03);
      }
    }
    // Everybody's recommendations are those of the model beside them.
    const loaded = await run(
      loadConfig({
        changes: {
          device: 'cpu',
          sources: {
            transactions: { path: 'orders.csv', columns: { customer: 'who', item: 'what', time: 'when' } },
          },
          output: { format: 'csv' },
        },
        dataFolder: folder,
      }),
      {
        stages: ['load', 'clean', 'scoreRecommendations'],
        output: join(folder, 'scored'),
        recommenderModel: await loadRecommenderModel(join(folder, 'out', 'model')),
      },
    );
    expect(loaded.found.recommendations?.rows).toBe(rowsOf(read('out')).length);
    expect(read('scored')).toBe(read('out'));
  });

  test('is a full night when it is time', async () => {
    await night('out', { fullEvery: 3 });
    for (const nights of [1, 2, undefined, 1]) {
      append([`k${nights ?? 5},s1,2026-02-02`]);
      expect((await night('out', { fullEvery: 3 })).manifest.incremental?.nights).toBe(nights);
    }
  });

  test('is a full night when too many customers have changed', async () => {
    await night('out');
    append(['k3,s2,2026-02-02', 'k4,s2,2026-02-02', 'k5,s2,2026-02-02']);
    expect((await night('out', { most: 0.01 })).manifest.incremental).toBe(undefined);
    await night('whole', {}, true);
    expect(read('out')).toBe(read('whole'));
  });

  test('is a full night when what is bought has drifted since the last one, be it little each night', async () => {
    await night('out', { drift: 0.05 });
    const nights: (number | undefined)[] = [];
    for (let i = 0; i < 4; i++) {
      // Each night ten more of 240 pairs, all of them of two items.
      append(Array.from({ length: 10 }, (_, c) => `k${10 * i + c},s${c % 2},2026-02-0${i + 1}`));
      nights.push((await night('out', { drift: 0.05 })).manifest.incremental?.nights);
    }
    expect(nights[0]).toBe(1);
    expect(nights).toContain(undefined);
  });

  test('recommends to a new customer, and is a full night where that is asked for', async () => {
    await night('out');
    append(['new,s3,2026-02-02']);
    const { manifest } = await night('out', { tolerance: 0.2 });
    // Others whose last places popularity fills are recommended to as well.
    expect(manifest.incremental?.changed).toBeGreaterThanOrEqual(1);
    expect(rowsOf(read('out')).filter(({ customer }) => customer === 'new')).toHaveLength(5);
    expect((await night('out', {}, true)).manifest.incremental).toBe(undefined);
  });
});
