import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { emptyFolder, kindred } from './kindred.js';
import { orderColumns, rowsOf, tinyShop } from './shop.js';

function table(cwd: string, ...path: string[]): Record<string, string>[] {
  return rowsOf(readFileSync(join(cwd, ...path), 'utf8'));
}

describe('kindred nightly', () => {
  test('publishes every table, the model and the manifest', async () => {
    const cwd = tinyShop();
    const { code, stdout, stderr } = await kindred(['nightly'], { cwd });
    expect(code, stderr).toBe(0);
    expect(readdirSync(join(cwd, 'out')).sort()).toEqual([
      'current',
      'customers.csv',
      'manifest.json',
      'model',
      'nights',
      'quality.csv',
      'recommendations.csv',
      'segments.csv',
    ]);
    for (const part of ['Tiny shop', 'Segments', 'Value', 'Recommendations', 'Throughput', 'Files']) {
      expect(stdout).toContain(part);
    }
    for (const stage of [
      'load',
      'clean',
      'features',
      'value',
      'segments',
      'recommendations',
      'gate',
      'publish',
    ]) {
      expect(stderr).toMatch(new RegExp(`^${stage} +[\\d,]+ rows`, 'm'));
    }
    expect(stderr).toMatch(
      /rows in .*, .* rows\/s, on \w+ \(.*\), peak memory .*\nwritten to out: customers\.csv/,
    );

    const customers = table(cwd, 'out', 'customers.csv');
    expect(customers).toHaveLength(12);
    expect(customers[0]).toMatchObject({
      customer: 'c00',
      recency: '142.0',
      frequency: '1.0',
      monetary: '6.0',
    });
    expect(new Set(customers.map(({ segment }) => segment)).size).toBe(3);
    const sizes = table(cwd, 'out', 'segments.csv').map(({ size }) => size);
    expect(sizes).toEqual(['4', '4', '4']);
    const first = table(cwd, 'out', 'recommendations.csv')[0];
    expect(first).toMatchObject({ customer: 'c00', rank: '1', item: 'pot', reason: 'goes with cup' });

    const manifest = JSON.parse(readFileSync(join(cwd, 'out', 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({
      name: 'Tiny shop',
      seed: 0,
      snapshot: '2024-06-01 00:00:00',
      rows: 12 + 64,
    });
    expect(manifest.inputs.map(({ sha256 }: { sha256: string }) => sha256.length)).toEqual([64, 64]);
    expect(manifest.stages).toHaveLength(8);
    expect(manifest.peakMemoryBytes).toBeGreaterThan(1e7);
    expect(manifest.versions).toHaveProperty('duckdb');
  });

  test('gives the same bytes twice', async () => {
    const cwd = tinyShop();
    const read = (folder: string) =>
      ['customers.csv', 'segments.csv', 'recommendations.csv', 'model/k-means.json'].map(name =>
        readFileSync(join(cwd, folder, name), 'utf8'),
      );
    await kindred(['nightly', '--out', 'one'], { cwd });
    await kindred(['nightly', '--out', 'two', '--threads', '1'], { cwd });
    expect(read('two')).toEqual(read('one'));
  });

  test('--dry-run prints the plan and touches nothing', async () => {
    const cwd = tinyShop();
    const before = readdirSync(cwd);
    const { code, stdout } = await kindred(['nightly', '--dry-run', '--set', 'value=false'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/customers +customers\.csv +\d+ bytes/);
    expect(stdout).toMatch(/value +nothing: value: false/);
    expect(stdout).toContain('Writes csv to out');
    expect(readdirSync(cwd)).toEqual(before);
  });

  test('--json prints one object and nothing else', async () => {
    const cwd = tinyShop();
    const { stdout, stderr } = await kindred(['nightly', '--json'], { cwd });
    expect(stderr).toBe('');
    const { segments, value, recommendations, files } = JSON.parse(stdout);
    expect(segments.profiles).toHaveLength(3);
    expect(value.groups.length).toBeGreaterThan(1);
    expect(recommendations.examples).toHaveLength(3);
    expect(files.every(existsSync)).toBe(true);
  });

  test('--quiet prints nothing', async () => {
    const cwd = tinyShop();
    expect(await kindred(['nightly', '--quiet'], { cwd })).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('--schema is a JSON Schema that knows the keys', async () => {
    const { stdout } = await kindred(['nightly', '--schema']);
    const { properties } = JSON.parse(stdout);
    expect(Object.keys(properties)).toEqual(
      expect.arrayContaining(['sources', 'features', 'segments', 'output']),
    );
    for (const property of Object.values<{ description?: string }>(properties))
      expect(property.description).toBeTruthy();
  });

  test('--data reads the same files from another folder', async () => {
    const [cwd, other] = [tinyShop({ 'orders.csv': '', 'customers.csv': '' }), tinyShop()];
    const { code } = await kindred(['nightly', '--data', other, '--format', 'parquet'], { cwd });
    expect(code).toBe(0);
    expect(readdirSync(join(cwd, 'out'))).toContain('customers.parquet');
  });
});

describe('kindred segment and score', () => {
  const columns = ['--id', 'id', '--features', 'income', 'score'];

  test('find the three groups, and give new customers theirs', async () => {
    const cwd = tinyShop({ 'new.csv': 'id,income,score\nx,91,11\ny,19,81\nz,50,50\n' });
    const args = ['segment', 'customers.csv', ...columns, '--k', '3', '--out', 'out', '--format', 'csv'];
    const { code, stdout } = await kindred(args, { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/inertia [\d.]+, \d+ iterations, converged/);
    const segmentOf = new Map(table(cwd, 'out', 'customers.csv').map(row => [row.customer, row.segment]));

    const scored = await kindred(
      ['score', 'new.csv', '--model', 'out/model', '--out', 'new', '--format', 'csv'],
      { cwd },
    );
    expect(scored.code, scored.stderr).toBe(0);
    expect(table(cwd, 'new', 'scores.csv').map(row => [row.customer, row.segment])).toEqual([
      ['x', segmentOf.get('c20')],
      ['y', segmentOf.get('c00')],
      ['z', segmentOf.get('c10')],
    ]);
  });

  test('k-means||, batches, and a start from the segments of before', async () => {
    const cwd = tinyShop();
    const args = ['segment', 'customers.csv', ...columns, '--out', 'out', '--k', '3'];
    const parallel = ['--init', 'k-means||', '--oversampling', '3', '--rounds', '4', '--batch-size', '6'];
    const first = await kindred([...args, ...parallel, '--starts', '2'], { cwd });
    expect(first.code, first.stderr).toBe(0);
    const { options } = JSON.parse(readFileSync(join(cwd, 'out', 'model', 'k-means.json'), 'utf8'));
    expect(options).toMatchObject({
      ...{ init: 'k-means||', oversampling: 3, rounds: 4 },
      ...{ batchSize: 6, starts: 2 },
    });
    const warm = await kindred([...args, '--warm-start', 'true'], { cwd });
    expect(warm.code, warm.stderr).toBe(0);
    expect(warm.stdout).toContain('Started from the earlier segments.');
    const named = await kindred([...args.slice(0, -3), 'other', '--k', '4', '--warm-start', 'out'], { cwd });
    expect(named.code).toBe(2);
    expect(named.stderr).toMatch(/segments\.warmStart.*expected 4 segments, found 3/);
    const refused = await kindred([...args, '--rounds', '2'], { cwd });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/segments\.rounds with the init k-means\|\| only/);
  });

  test('another algorithm than that of the configuration has no use for its settings', async () => {
    const cwd = tinyShop();
    const tree = ['segment', '--config', 'kindred.yaml', '--set', 'segments.starts=3'];
    expect((await kindred(tree, { cwd })).code).toBe(0);
    const yaml = readFileSync(join(cwd, 'kindred.yaml'), 'utf8');
    writeFileSync(join(cwd, 'kindred.yaml'), yaml.replace('{ k: 3 }', '{ k: 3, starts: 3 }'));
    const linked = await kindred([...tree.slice(0, 3), '--algorithm', 'hierarchical'], { cwd });
    expect(linked.code, linked.stderr).toBe(0);
    expect(linked.stdout).toContain('ward linkage');
    const wrong = await kindred([...tree, '--algorithm', 'hierarchical'], { cwd });
    expect(wrong.stderr).toContain('expected segments.starts with the algorithm kmeans only');
  });

  test('without --out nothing is written; without --id rows are numbered', async () => {
    const cwd = tinyShop();
    const before = readdirSync(cwd);
    const args = [
      'segment',
      'customers.csv',
      '--features',
      'income',
      'score',
      '--k',
      '3',
      '--scale',
      'none',
      '--json',
    ];
    const { stdout } = await kindred(args, { cwd });
    const { segments } = JSON.parse(stdout);
    // Three groups, each 0, 1, 2, 3 in two columns: 4 segments' sums of 2 × (1.5² + 0.5²) × 2.
    expect(segments).toMatchObject({ sizes: [4, 4, 4], inertia: expect.closeTo(30, 8) });
    expect(readdirSync(cwd)).toEqual(before);
  });

  test('segment by what transactions tell', async () => {
    const cwd = tinyShop();
    const roles = orderColumns.filter(word => !['--item', 'sku'].includes(word));
    const args = [
      'segment',
      'orders.csv',
      ...roles,
      '--features',
      'frequency',
      'monetary',
      '--k',
      '3',
      '--json',
    ];
    const { code, stdout, stderr } = await kindred(args, { cwd });
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout).segments.sizes).toEqual([4, 4, 4]);
  });

  test('a model of several sources needs all of them', async () => {
    const cwd = tinyShop();
    await kindred(['nightly'], { cwd });
    const one = await kindred(['score', 'customers.csv', '--model', 'out/model'], { cwd });
    expect(one.code).toBe(2);
    expect(one.stderr).toMatch(/--data/);
    const all = await kindred(['score', '--model', 'out/model', '--data', '.', '--json'], { cwd });
    expect(all.code, all.stderr).toBe(0);
    expect(JSON.parse(all.stdout).scores).toMatchObject({
      rows: 12,
      segments: [{ size: 4 }, { size: 4 }, { size: 4 }],
    });
  });
});

describe('kindred value', () => {
  test('scores customers from plain flags', async () => {
    const cwd = tinyShop();
    const roles = orderColumns.filter(word => !['--item', 'sku'].includes(word));
    const args = [
      'value',
      'orders.csv',
      ...roles,
      '--out',
      'out',
      '--format',
      'csv',
      '--snapshot',
      '2024-06-01',
    ];
    const { code, stdout, stderr } = await kindred(args, { cwd });
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('RFM segment');
    const customers = table(cwd, 'out', 'customers.csv');
    expect(customers.find(({ customer }) => customer === 'c23')).toMatchObject({
      frequency: '4.0',
      monetary: '24.0',
      F: '5',
    });
    expect(existsSync(join(cwd, 'out', 'model'))).toBe(false);
  });
});

describe('kindred recommend', () => {
  const args = [
    'recommend',
    'orders.csv',
    '--customer',
    'client',
    '--item',
    'sku',
    '--out',
    'out',
    '--format',
    'csv',
  ];

  test('writes recommendations and the neighbours of every item', async () => {
    const cwd = tinyShop();
    const { code, stdout, stderr } = await kindred([...args, '--count', '3', '--similar-items'], { cwd });
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/recommendations from 28 pairs .* 5 items/);
    const similar = table(cwd, 'out', 'similar-items.csv');
    expect(similar.find(({ item }) => item === 'lamp')).toMatchObject({
      rank: '1',
      similar: 'bulb',
      cosine: '1.0',
    });
  });

  test('says of a customer who has everything that nothing is left', async () => {
    const cwd = tinyShop({ 'orders.csv': 'client,sku\nc1,tea\nc1,cup\nc2,tea\n' });
    const shop = ['recommend', 'orders.csv', '--customer', 'client', '--item', 'sku'];
    const { stdout } = await kindred(shop, { cwd });
    expect(stdout).toContain('c1, who has 2 items: nothing is left to recommend');
    expect(stdout).toContain('c2, who has 1 item\n');
  });

  test('--include-owned', async () => {
    const cwd = tinyShop();
    const ofFirst = async (...more: string[]) => {
      await kindred([...args, '--count', '3', ...more], { cwd });
      const rows = table(cwd, 'out', 'recommendations.csv').filter(({ customer }) => customer === 'c00');
      return rows.map(({ item }) => item).sort();
    };
    expect(await ofFirst()).toEqual(['bulb', 'lamp', 'pot']);
    expect(await ofFirst('--include-owned')).toEqual(['cup', 'pot', 'tea']);
  });
});

describe('kindred sample', () => {
  test('the same seed writes the same shop, on which a night runs', async () => {
    const cwd = emptyFolder();
    for (const folder of ['one', 'two']) {
      const { code, stderr } = await kindred(['sample', folder, '--customers', '50', '--seed', '3'], { cwd });
      expect(code, stderr).toBe(0);
    }
    const read = (folder: string) => readFileSync(join(cwd, folder, 'transactions.csv'), 'utf8');
    expect(read('two')).toBe(read('one'));
    const night = await kindred(['nightly', join('one', 'kindred.yaml'), '--quiet'], { cwd });
    expect(night.code, night.stderr).toBe(0);
    expect(readdirSync(join(cwd, 'one', 'out'))).toContain('segments.csv');
  });

  test('wants a whole number of customers', async () => {
    const { code, stderr } = await kindred(['sample', 'shop', '--customers', '0.5'], { cwd: emptyFolder() });
    expect(code).toBe(2);
    expect(stderr).toMatch(/whole number/);
  });
});

describe('kindred devices', () => {
  test('lists all six, each there or with a reason and a way to get it', async () => {
    const { code, stdout } = await kindred(['devices', '--json']);
    expect(code).toBe(0);
    const { devices } = JSON.parse(stdout);
    expect(devices.map(({ name }: { name: string }) => name)).toEqual([
      'webgpu',
      'cuda',
      'native',
      'tensorflow',
      'wasm',
      'cpu',
    ]);
    for (const { present, hardware, reason, remedy } of devices) {
      if (present) expect(hardware).toBeTruthy();
      else expect([typeof reason, typeof remedy]).toEqual(['string', 'string']);
    }
  });
});
