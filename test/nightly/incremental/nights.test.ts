import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { loadConfig } from '../../../src/nightly/load-config.js';
import { run } from '../../../src/nightly/run.js';
import { Random } from '../../../src/random.js';
import { ItemNeighbours } from '../../../src/recommend/index.js';
import { rowsOf } from '../../commands/shop.js';

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

/** What each customer gets, as text. */
function listsIn(out: string): Map<string, string> {
  const lists = new Map<string, string>();
  for (const row of rowsOf(read(out))) {
    lists.set(row.customer, `${lists.get(row.customer) ?? ''}${JSON.stringify(row)}`);
  }
  return lists;
}

function purchases(): Map<string, Set<string>> {
  const own = new Map<string, Set<string>>();
  for (const { who, what } of rowsOf(readFileSync(join(folder, 'orders.csv'), 'utf8'))) {
    own.set(who, (own.get(who) ?? new Set()).add(what));
  }
  return own;
}

const loadItems = (out: string) => ItemNeighbours.load(join(folder, out, 'model'), { name: 'item' });

/** Of all items, by their numbers. */
function scoresOf(model: ItemNeighbours, own: ReadonlySet<string>): number[] {
  const scores = new Array<number>(model.items!.length).fill(0);
  model.items!.forEach((id, item) => {
    if (!own.has(id)) return;
    for (const { item: other, score } of model.neighbours(item)) scores[other] += score;
  });
  return scores;
}

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
    const last = (await night('out', { format })).manifest.night;
    const known = readFileSync(join(folder, 'orders.csv'), 'utf8');
    const bytes = (out: string) =>
      ['recommendations', 'model/item'].map(name =>
        readFileSync(join(folder, out, `${name}.${name.startsWith('model') ? 'bin' : format}`)).toString(
          'base64',
        ),
      );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(customers + 2), fc.nat(items + 1)), { minLength: 1, maxLength: 4 }),
        async bought => {
          writeFileSync(join(folder, 'orders.csv'), known);
          append(bought.map(([customer, item]) => `k${customer},s${item},2026-02-01`));
          await night('whole', { format }, true);
          const { manifest } = await night('out', { format, tolerance: 0, fullEvery: 1000 });
          expect(manifest.incremental?.changed).toBeGreaterThan(0);
          expect(manifest.incremental?.since).toBe(last);
          expect(bytes('out')).toEqual(bytes('whole'));
        },
      ),
      { numRuns: 3, seed: 5 },
    );
  });

  test('keeps lists whose scores are off by no more than the tolerance, and makes all others as a full night does', async () => {
    const tolerance = 0.05;
    await night('out');
    const [last, before] = [listsIn('out'), await loadItems('out')];
    append(['k1,s2,2026-02-01', 'k2,s5,2026-02-01', 'k7,s3,2026-02-01']);
    const { manifest } = await night('out', { tolerance });
    await night('whole', {}, true);
    const [whole, now, own] = [listsIn('whole'), await loadItems('whole'), purchases()];
    let old = 0;
    for (const [customer, list] of listsIn('out')) {
      if (list === whole.get(customer)) continue;
      old++;
      expect(list).toBe(last.get(customer));
      const [scores, scoresBefore] = [now, before].map(model => scoresOf(model, own.get(customer)!));
      const off = scores.reduce((sum, score, item) => sum + Math.abs(score - scoresBefore[item]), 0);
      expect(off).toBeLessThanOrEqual(tolerance * scoresBefore.reduce((sum, score) => sum + score, 0));
    }
    expect(old).toBeGreaterThan(0);
    const { bought, changed, kept, parts, turnover, newItems } = manifest.incremental!;
    expect([bought, kept + changed, newItems]).toEqual([3, customers, 0]);
    expect(changed).toBeGreaterThan(bought);
    expect(kept).toBeGreaterThanOrEqual(old);
    expect(turnover).toBeCloseTo(3 / [...own.values()].reduce((sum, { size }) => sum + size, 0));
    expect(parts.map(({ name, kept: isKept }) => [name, isKept])).toEqual([
      ['item', false],
      ['popular', false],
    ]);
    for (const { moved } of parts) expect(moved).toBeGreaterThan(0);
    for (const { moved } of parts) expect(moved).toBeLessThan(tolerance);
  });

  test('never is off by more than the tolerance, however many nights lie between', async () => {
    const tolerance = 0.15;
    await night('out');
    const models = [await loadItems('out')];
    /** The model by which each list was made. */
    const madeBy = new Map([...listsIn('out').keys()].map(customer => [customer, 0]));
    let last = listsIn('out');
    for (let day = 1; day <= 4; day++) {
      append([`k${3 * day},s${day},2026-02-0${day}`]);
      const { manifest } = await night('out', { tolerance, fullEvery: 1000 });
      expect(manifest.incremental?.nights).toBe(day);
      models.push(await loadItems('out'));
      const lists = listsIn('out');
      for (const [customer, list] of lists) if (list !== last.get(customer)) madeBy.set(customer, day);
      last = lists;
      const own = purchases();
      for (const [customer, night] of madeBy) {
        const [scores, scoresThen] = [models[day], models[night]].map(model =>
          scoresOf(model, own.get(customer)!),
        );
        const off = scores.reduce((sum, score, item) => sum + Math.abs(score - scoresThen[item]), 0);
        const whole = scoresOf(models[0], own.get(customer)!).reduce((sum, score) => sum + score, 0);
        expect(off).toBeLessThanOrEqual((tolerance + 1e-6) * whole);
      }
    }
    expect(new Set(madeBy.values()).size).toBeGreaterThan(2);
  });

  test('is a full night when it is time', async () => {
    await night('out', { fullEvery: 3 });
    for (const nights of [1, 2, undefined, 1]) {
      append([`k${nights ?? 5},s1,2026-02-02`]);
      const { manifest } = await night('out', { fullEvery: 3 });
      expect(manifest.incremental?.nights).toBe(nights);
      expect(manifest.fullBecause).toBe(
        nights ? undefined : 'it is time for it, as in every 3 nights (incremental.fullEvery)',
      );
    }
  });

  test('is a full night when too many customers have changed', async () => {
    await night('out');
    append(['k3,s2,2026-02-02', 'k4,s2,2026-02-02', 'k5,s2,2026-02-02']);
    const { manifest } = await night('out', { most: 0.01 });
    expect(manifest.incremental).toBe(undefined);
    expect(manifest.fullBecause).toBe(
      '5.0 % of the customers would be recommended to anew (incremental.most 1.0 %)',
    );
    await night('whole', {}, true);
    expect(read('out')).toBe(read('whole'));
  });

  test('fits once, also where it shows only then that too many customers are concerned', async () => {
    await night('out');
    append(['k3,s2,2026-02-02']);
    const fit = vi.spyOn(ItemNeighbours.prototype, 'fit');
    onTestFinished(() => fit.mockRestore());
    const { manifest } = await night('out', { tolerance: 0, most: 0.1 });
    expect(manifest.fullBecause).toContain('would be recommended to anew (incremental.most 10.0 %)');
    expect(fit).toHaveBeenCalledTimes(1);
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
