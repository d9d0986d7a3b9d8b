import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/nightly/load-config.js';
import { run } from '../../../src/nightly/run.js';
import { Random } from '../../../src/random.js';
import { Als } from '../../../src/recommend/index.js';
import { rowsOf } from '../../commands/shop.js';

const customers = 60;
const items = 20;
const lands = ['France', 'Spain', 'Italy'];
let folder: string;

const write = (name: string, lines: string[]) => writeFileSync(join(folder, name), `${lines.join('\n')}\n`);

/** What is sold; `changes` are those of the lines of some items. */
function writeItems(changes: Record<string, string> = {}): void {
  const words = ['red', 'blue', 'green', 'cup', 'plate', 'lamp', 'vase'];
  const line = (i: number) => `s${i},${words[i % 3]} ${words[3 + (i % 4)]} ${i},c${i % 5},${1 + (i % 3)}`;
  const all = Array.from({ length: items }, (_, i) => changes[`s${i}`] ?? line(i));
  write('items.csv', ['sku,name,category,stock', ...all]);
}

/** Who there is: two of them have bought nothing. */
function writePeople(more: string[] = []): void {
  const people = Array.from({ length: customers + 2 }, (_, c) => `k${c}`);
  const line = (id: string, c: number) => `${id},${lands[c % 3]},${20 + ((7 * c) % 50)}`;
  write('people.csv', ['id,land,age', ...[...people, ...more].map(line)]);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kindred-incremental-'));
  const random = new Random(3);
  const bought = Array.from({ length: customers * 5 }, (_, row) => {
    const who = row % customers;
    return `k${who},s${2 * random.integer(items / 2) + (who % 2)},2026-01-0${1 + random.integer(9)}`;
  });
  write('orders.csv', ['who,what,when', ...bought]);
  writePeople();
  writeItems();
});
afterEach(() => rmSync(folder, { recursive: true }));

function night(out: string, recommendations: object, incremental: object = {}, full = false) {
  const loaded = loadConfig({
    changes: {
      device: 'cpu',
      value: false,
      segments: false,
      gate: false,
      output: { format: 'csv' },
      recommendations: { count: 5, neighbours: 10, ...recommendations },
      incremental: { most: 1, drift: 1, ...incremental },
      sources: {
        transactions: { path: 'orders.csv', columns: { customer: 'who', item: 'what', time: 'when' } },
        customers: { path: 'people.csv', columns: { customer: 'id' } },
        items: { path: 'items.csv', columns: { item: 'sku' } },
      },
    },
    dataFolder: folder,
  });
  return run(loaded, { output: join(folder, out), night: true, full });
}

const read = (out: string) => readFileSync(join(folder, out, 'recommendations.csv'), 'utf8');
const append = (lines: string[]) => appendFileSync(join(folder, 'orders.csv'), `${lines.join('\n')}\n`);
const als = { factors: 4, regularisation: 1, iterations: 3 };
const attributes = { features: [{ name: 'age', source: 'customers', column: 'age' }] };

describe.each<[string, object]>([
  ['als before item', { chain: ['als', 'item'], als }],
  ['a blend with learnt weights', { blend: ['als', 'item'], als }],
  ['a blend with what sells lately', { blend: { item: 2, trending: 1 } }],
  ['content before favourites', { chain: ['content', 'popular-in-land'] }],
  ['favourites before items', { chain: ['popular-in-land', 'item'] }],
  ['similar customers', { chain: ['customer'], similarCustomers: true }],
  ['attributes after items', { chain: ['item', 'attributes'], attributes }],
  [
    'rules',
    { rules: { outOfStock: 'stock = 2', perCategory: { column: 'category', atMost: 2 }, diversity: 0.2 } },
  ],
])('a night between full ones by %s', (_, recommendations) => {
  test('is equal to a full night where nothing may be off', async () => {
    await night('out', recommendations);
    writePeople(['new']);
    append(['k1,s2,2026-02-01', 'k2,s5,2026-02-01', 'new,s3,2026-02-01', 'k3,s19x,2026-02-01']);
    await night('out', recommendations, { tolerance: 0 });
    await night('whole', recommendations, {}, true);
    expect(read('out')).toBe(read('whole'));
  });

  test('recommends anew to those who bought, and goes on from night to night', async () => {
    const { manifest: whole } = await night('out', recommendations);
    append(['k1,s2,2026-02-01', 'k2,s5,2026-02-01']);
    const { manifest } = await night('out', recommendations, { tolerance: 0.5 });
    expect(manifest.incremental).toMatchObject({ since: whole.night, nights: 1, bought: 2 });
    expect(manifest.incremental!.kept).toBeGreaterThan(0);
    const has = (customer: string, item: string) =>
      rowsOf(read('out')).some(row => row.customer === customer && row.item === item);
    expect(has('k1', 's2')).toBe(false);
    writePeople(['new']);
    append(['k4,s7,2026-02-02', 'new,s3,2026-02-02']);
    const { manifest: second } = await night('out', recommendations, { tolerance: 0.5 });
    expect(second.incremental).toMatchObject({ since: whole.night, nights: 2, bought: 2 });
    expect(rowsOf(read('out')).filter(({ customer }) => customer === 'new').length).toBeGreaterThan(0);
    expect(has('k4', 's7')).toBe(false);
    expect(new Set(rowsOf(read('out')).map(({ customer }) => customer)).size).toBe(customers + 3);
  });
});

describe('factors of items', () => {
  const recommendations = { chain: ['als', 'item'], als };

  test('stay as they are, and know nothing of new items', async () => {
    await night('out', recommendations);
    const load = () => Als.load(join(folder, 'out', 'model'), { name: 'als' });
    const before = (await load()).itemFactors;
    append(['k1,s0a,2026-02-01', 'k2,s5,2026-02-01']);
    const { manifest } = await night('out', recommendations, { tolerance: 0.5 });
    expect(manifest.incremental).toMatchObject({ newItems: 1 });
    expect(manifest.incremental!.parts[0]).toEqual({ name: 'als', kept: true, moved: 0 });
    const { values } = (await load()).itemFactors;
    // The new item stands behind the first one.
    expect([...values.subarray(0, 4)]).toEqual([...before.values.subarray(0, 4)]);
    expect([...values.subarray(4, 8)]).toEqual([0, 0, 0, 0]);
    expect([...values.subarray(8)]).toEqual([...before.values.subarray(4)]);
  });

  test('are fitted anew when more purchases than the tolerance have come', async () => {
    await night('out', recommendations);
    append(Array.from({ length: 30 }, (_, c) => `k${c},s${(3 * c) % items},2026-02-01`));
    const { manifest } = await night('out', recommendations, { tolerance: 0.05 });
    expect(manifest.fullBecause).toMatch(
      /^\d+\.\d % of the purchases have come or gone since the factors of items were fitted/,
    );
    await night('whole', recommendations, {}, true);
    expect(read('out')).toBe(read('whole'));
  });

  test('are fitted anew when too many customers would be recommended to anew', async () => {
    const learnt = { blend: ['als', 'item'], als };
    await night('out', learnt);
    append(['k1,s2,2026-02-01', 'k2,s5,2026-02-01']);
    const { manifest } = await night('out', learnt, { tolerance: 0.01, most: 0.04 });
    expect(manifest.fullBecause).toContain('incremental.most');
    await night('whole', learnt, {}, true);
    expect(read('out')).toBe(read('whole'));
  });

  test('are fitted anew with other settings', async () => {
    await night('out', recommendations);
    const { manifest } = await night('out', { ...recommendations, als: { ...als, factors: 5 } });
    expect(manifest.fullBecause).toBe('recommendations are asked for in another way');
  });
});

describe('items that may no longer be shown', () => {
  const recommendations = { rules: { outOfStock: 'stock = 0' } };
  const shown = () => new Map(rowsOf(read('out')).map(({ item, name }) => [item, name]));

  test('are taken out of the lists that have them, and nothing else is', async () => {
    await night('out', recommendations);
    const customersOf = (item: string) => rowsOf(read('out')).filter(row => row.item === item).length;
    const concerned = customersOf('s4');
    expect(concerned).toBeGreaterThan(0);
    writeItems({ s4: 's4,gone,c4,0' });
    const { manifest } = await night('out', recommendations, { tolerance: 0.9 });
    expect(shown().has('s4')).toBe(false);
    expect(manifest.incremental!.changed).toBeGreaterThanOrEqual(concerned);
    expect(manifest.incremental!.kept).toBeGreaterThan(0);
  });

  test('are shown by their new name', async () => {
    await night('out', recommendations);
    writeItems({ s4: 's4,golden egg cup,c4,2' });
    const { manifest } = await night('out', recommendations, { tolerance: 0.9 });
    expect(shown().get('s4')).toBe('golden egg cup');
    expect(read('out')).toContain('goes with golden egg cup');
    expect(read('out')).not.toContain('red cup 4');
    expect(manifest.incremental!.kept).toBeGreaterThan(0);
  });

  test('are gone where the shop no longer knows them', async () => {
    await night('out', recommendations);
    const orders = readFileSync(join(folder, 'orders.csv'), 'utf8').split('\n');
    write(
      'orders.csv',
      orders.filter(line => line !== '' && !line.includes(',s4,')),
    );
    const { manifest } = await night('out', recommendations, { tolerance: 0.9 });
    expect(shown().has('s4')).toBe(false);
    expect(manifest.incremental!.kept).toBeGreaterThan(0);
  });
});
