import {
  appendFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Database } from '../../src/data/index.js';
import { emptyFolder, kindred } from './kindred.js';
import { tinyShop } from './shop.js';

const sampleShop = resolve(import.meta.dirname, '../../datasets/sample-shop/kindred.yaml');
const nightly = (out: string) => [
  ...['nightly', sampleShop, '--out', out, '--format', 'parquet', '--device', 'cpu'],
  ...['--set', 'value.model=bg-nbd', '--set', 'recommendations.similarItems=true'],
];

interface Moment {
  /** Of the path that a file is renamed to. */
  pattern: string;
  /** Before the rename unless told. */
  after?: boolean;
  /** The how manieth of such renames; the first unless told. */
  time?: number;
}

/** A module that kills its own process, as `kill -9` would, at a rename. */
function killer({ pattern, after = false, time = 1 }: Moment): string {
  const file = join(emptyFolder(), 'kill.cjs');
  const kill = `if (${pattern}.test(String(to)) && ++times === ${time}) process.kill(process.pid, 'SIGKILL');`;
  const [before, behind] = after ? ['', kill] : [kill, ''];
  writeFileSync(
    file,
    `const fs = require('node:fs');
     const { renameSync, promises: { rename } } = fs;
     let times = 0;
     fs.renameSync = (from, to) => { ${before} renameSync(from, to); ${behind} };
     fs.promises.rename = async (from, to) => { ${before} await rename(from, to); ${behind} };
     require('node:module').syncBuiltinESMExports();`,
  );
  return file;
}

const timesOfRun = new Set([
  'night',
  'started',
  'seconds',
  'rowsPerSecond',
  'peakMemoryBytes',
  'resumed',
  'folder',
]);

/** Every file that a reader sees, the times in the manifest left out. */
function published(output: string): Record<string, string> {
  const folder = join(output, 'current');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    files.map(file => {
      const name = relative(folder, file);
      if (name !== 'manifest.json') return [name, readFileSync(file).toString('base64')];
      const manifest = JSON.parse(readFileSync(file, 'utf8'), (key, value) =>
        timesOfRun.has(key) ? undefined : value,
      );
      return [name, JSON.stringify(manifest)];
    }),
  );
}

/** What a folder holds beside what a night leaves there. */
function strangers(output: string): string[] {
  const plain = Object.keys(published(output)).map(name => name.split('/')[0]);
  return readdirSync(output).filter(name => ![...plain, 'nights', 'current'].includes(name));
}

/** A shop with more customers than stand in one part of the recommendations. */
async function writeShop(folder: string): Promise<void> {
  const db = await Database.open({ memory: '256MB' });
  const sales = `SELECT 'c' || lpad(i::VARCHAR, 5, '0') AS who, 'p' || (hash(i, j) % 10 + 10 * (i % 9)) AS what,
      DATE '2025-01-01' + CAST(hash(i, j, 1) % 300 AS INTEGER) AS "when"
    FROM range(20000) AS a(i), range(4) AS b(j)`;
  await db.run(`COPY (${sales}) TO '${join(folder, 'sales.parquet')}'`);
  await db.close();
  writeFileSync(
    join(folder, 'kindred.yaml'),
    `segments: false
value: false
sources:
  transactions: { path: sales.parquet, columns: { customer: who, item: what, time: when } }
`,
  );
}

describe('a night that was killed with -9', { timeout: 120_000 }, () => {
  let uninterrupted: Record<string, string> | undefined;
  const whole = async () => {
    if (uninterrupted) return uninterrupted;
    const out = join(emptyFolder(), 'out');
    const { code, stderr } = await kindred(nightly(out));
    expect(code, stderr).toBe(0);
    uninterrupted = published(out);
    return uninterrupted;
  };

  test.each<[string, Moment, string[]]>([
    ['after it loaded', { pattern: '/state\\.json$/' }, []],
    ['after its tables were clean', { pattern: '/state\\.json$/', after: true, time: 2 }, ['load', 'clean']],
    [
      'while it saved the neighbours of items',
      { pattern: '/item\\.json$/' },
      ['load', 'clean', 'features', 'value', 'segments'],
    ],
    [
      'between the last part and the end of recommendations',
      { pattern: '/recommendations.0\\.parquet$/', after: true },
      ['load', 'clean', 'features', 'value', 'segments'],
    ],
    [
      'while it published',
      { pattern: '/nights.[^/\\\\]*$/' },
      ['load', 'clean', 'features', 'value', 'segments', 'recommendations', 'publish'],
    ],
  ])('%s goes on and ends as if nothing had been', async (_, moment, resumed) => {
    const out = join(emptyFolder(), 'out');
    const killed = await kindred(nightly(out), { preload: killer(moment) });
    expect(killed.code, killed.stderr).toBe(null);
    expect(existsSync(join(out, 'current'))).toBe(false);
    const { code, stderr } = await kindred(nightly(out));
    expect(code, stderr).toBe(0);
    expect(published(out)).toEqual(await whole());
    expect(strangers(out)).toEqual([]);
    const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'));
    expect(manifest.resumed ?? []).toEqual(resumed);
  });

  test.each([
    '{ k: { from: 2, to: 4 }, correlation: spearman }',
    '{ k: 3, init: k-means||, batchSize: 6, warmStart: true }',
    '{ algorithm: dbscan, minimumPoints: 3 }',
    '{ algorithm: hdbscan, minimumSize: 3 }',
    '{ algorithm: hierarchical, k: 3 }',
  ])('does not find its segments again: %s', async segments => {
    const [cwd, undisturbed] = [tinyShop(), tinyShop()];
    const args = ['nightly', '--set', `segments=${segments}`];
    // The second night has one to compare with.
    for (const folder of [cwd, undisturbed]) await kindred(args, { cwd: folder });
    await kindred([...args, '--set', 'seed=2'], { cwd: undisturbed });
    const again = [...args, '--set', 'seed=2'];
    const preload = killer({ pattern: '/state\\.json$/', after: true, time: 5 });
    const killed = await kindred(again, { cwd, preload });
    expect(killed.code, killed.stderr).toBe(null);
    const { code, stderr } = await kindred(again, { cwd });
    expect(code, stderr).toBe(0);
    const manifest = JSON.parse(readFileSync(join(cwd, 'out', 'manifest.json'), 'utf8'));
    expect(manifest.resumed).toEqual(['load', 'clean', 'features', 'value', 'segments']);
    const tables = (folder: string) =>
      Object.entries(published(join(folder, 'out'))).filter(([name]) => name !== 'manifest.json');
    expect(tables(cwd)).toEqual(tables(undisturbed));
  });

  test.each([
    ['most: 1, tolerance: 0.9', '/recommendations.0\\.parquet$/', 'incremental'],
    ['most: 1, tolerance: 0.9', '/customer-rows\\.parquet$/', 'incremental'],
    ['most: 0.1, drift: 1', '/recommendations.0\\.parquet$/', 'fullBecause'],
  ])('between full nights goes on and ends as if nothing had been: { %s }, killed at %s', async (settings, pattern, how) => {
    const recommendations =
      '{ count: 2, blend: [als, item], similarItems: true, als: { factors: 2, iterations: 2 } }';
    const args = [
      ...['nightly', '--device', 'cpu', '--set', `incremental={ fullEvery: 7, ${settings} }`],
      ...['--set', `recommendations=${recommendations}`, '--set', 'segments=false', '--set', 'gate=false'],
    ];
    const cwd = tinyShop();
    expect((await kindred(args, { cwd })).code).toBe(0);
    appendFileSync(join(cwd, 'orders.csv'), 'c00,new,lamp,2024-05-01 12:00,1,2.50\n');
    // The same night before it, with the same seconds in its manifest.
    const undisturbed = emptyFolder();
    cpSync(cwd, undisturbed, { recursive: true, verbatimSymlinks: true });
    expect((await kindred(args, { cwd: undisturbed })).code).toBe(0);
    const killed = await kindred(args, { cwd, preload: killer({ pattern, after: true }) });
    expect(killed.code, killed.stderr).toBe(null);
    const { code, stderr } = await kindred(args, { cwd });
    expect(code, stderr).toBe(0);
    const manifest = JSON.parse(readFileSync(join(cwd, 'out', 'manifest.json'), 'utf8'));
    expect(manifest[how]).toBeDefined();
    expect(manifest.resumed).toContain('clean');
    const results = (folder: string) => {
      const { 'manifest.json': record, ...others } = published(join(folder, 'out'));
      return { ...others, incremental: JSON.parse(record)[how] };
    };
    expect(results(cwd)).toEqual(results(undisturbed));
    expect(strangers(join(cwd, 'out'))).toEqual([]);
  });

  test.each([
    ['while it saved the neighbours of items', { pattern: '/item\\.json$/' }],
    ['between two parts of the recommendations', { pattern: '/recommendations.0\\.parquet$/', after: true }],
  ])('with purchases on disk, %s, goes on and ends as if nothing had been', async (_, moment) => {
    const cwd = emptyFolder();
    await writeShop(cwd);
    const args = [
      ...['nightly', '--device', 'cpu', '--memory', '64MB', '--format', 'parquet'],
      ...['--set', 'recommendations={ count: 3, chain: [als, item], als: { factors: 4, iterations: 1 } }'],
    ];
    const undisturbed = await kindred([...args, '--out', 'whole'], { cwd });
    expect(undisturbed.code, undisturbed.stderr).toBe(0);
    const whole = published(join(cwd, 'whole'));
    // Some learnt from a sample: not all fit into memory.
    expect(JSON.parse(whole['manifest.json']).fitted).toMatchObject({ of: 20_000, parts: ['als'] });
    const killed = await kindred([...args, '--out', 'out'], { cwd, preload: killer(moment) });
    expect(killed.code, killed.stderr).toBe(null);
    const { code, stderr } = await kindred([...args, '--out', 'out'], { cwd });
    expect(code, stderr).toBe(0);
    const manifest = JSON.parse(readFileSync(join(cwd, 'out', 'manifest.json'), 'utf8'));
    expect(manifest.resumed).toContain('clean');
    expect(published(join(cwd, 'out'))).toEqual(whole);
    expect(strangers(join(cwd, 'out'))).toEqual([]);
  });

  test('in the middle of the switch shows the old night or the new one, and the next run ends well', async () => {
    const out = join(emptyFolder(), 'out');
    await kindred(nightly(out));
    const first = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')).night;
    const killed = await kindred(nightly(out), { preload: killer({ pattern: '/current$/' }) });
    expect(killed.code).toBe(null);
    expect(JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')).night).toBe(first);
    expect((await kindred(nightly(out))).code).toBe(0);
    expect(JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')).night > first).toBe(true);
    expect(strangers(out)).toEqual([]);
  });

  test('starts anew when an input has changed', async () => {
    const cwd = tinyShop();
    const preload = killer({ pattern: '/recommendations.0\\.parquet$/', after: true });
    const killed = await kindred(['nightly'], { cwd, preload });
    expect(killed.code).toBe(null);
    utimesSync(join(cwd, 'orders.csv'), new Date(), new Date(Date.now() + 5000));
    const { code, stderr } = await kindred(['nightly'], { cwd });
    expect(code, stderr).toBe(0);
    expect(stderr).not.toContain('which was killed');
    expect(JSON.parse(readFileSync(join(cwd, 'out', 'manifest.json'), 'utf8')).resumed).toBe(undefined);
  });
});
