import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { loadConfig } from '../../src/nightly/load-config.js';

const folder = mkdtempSync(join(tmpdir(), 'kindred-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const good = `
name: A shop
sources:
  transactions:
    path: orders.csv
    columns: { customer: client }
segments: { k: 3 }
`;

function written(text: string): string {
  const file = join(folder, 'kindred.yaml');
  writeFileSync(file, text);
  return file;
}

function complaint(text: string): UsageError {
  try {
    loadConfig({ file: written(text) });
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('a good configuration', () => {
  test('gets its defaults and the folder of its paths', () => {
    const { config, baseFolder, dataFolder } = loadConfig({ file: written(good) });
    expect(config).toMatchObject({ seed: 0, device: 'auto', output: { folder: 'out', format: 'parquet' } });
    expect(config).toMatchObject({ segments: { k: 3 }, value: {}, recommendations: { count: 10 } });
    expect([baseFolder, dataFolder]).toEqual([folder, folder]);
  });

  test('is changed by options, then by --set', () => {
    const { config, dataFolder } = loadConfig({
      file: written(good),
      changes: { segments: { k: 4, starts: 2 }, seed: 9 },
      set: ['segments.k=5', 'value=false'],
      dataFolder: '/elsewhere',
    });
    expect(config).toMatchObject({ seed: 9, segments: { k: 5, starts: 2 }, value: false });
    expect(dataFolder).toBe('/elsewhere');
  });

  test('keeps its cleaning steps before those of an option, unlike other lists', () => {
    const [own, more] = [
      { filter: { keep: 'a > 0', because: 'x' } },
      { filter: { keep: 'b > 0', because: 'y' } },
    ];
    const changes = { sources: { transactions: { path: ['b.csv'], clean: [more] } } };
    const cleaned = `${good.replace('columns:', `clean: [${JSON.stringify(own)}]\n    columns:`)}`;
    const { transactions } = loadConfig({ file: written(cleaned), changes }).config.sources;
    expect(transactions).toMatchObject({ path: ['b.csv'], clean: [own, more] });
    expect(loadConfig({ file: written(good), changes }).config.sources.transactions.clean).toEqual([more]);
  });

  test('may switch a stage off in the file and on again by an option', () => {
    const { config } = loadConfig({
      file: written(`${good}value: false`),
      changes: { value: { quantiles: 4 } },
    });
    expect(config.value).toEqual({ quantiles: 4 });
  });

  test.each([
    '2011-12-10',
    '2011-12-10 12:50',
    '2011-12-10T12:50:30.5Z',
    '2012-02-29 24:00:00+02',
    '2011/12/10 9:05 Europe/Berlin',
  ])('may count recency to %s', snapshot => {
    expect(loadConfig({ file: written(`${good}snapshot: ${snapshot}`) }).config.snapshot).toBe(snapshot);
  });

  test('needs no file', () => {
    const { config, baseFolder } = loadConfig({ changes: { sources: { customers: { path: 'a.csv' } } } });
    expect(config.sources.customers.path).toBe('a.csv');
    expect(baseFolder).toBe(process.cwd());
  });
});

describe('a wrong configuration is told by line and key', () => {
  const cases: [string, string, { line?: number; message: RegExp; hint?: RegExp }][] = [
    [
      'a key that does not exist',
      `${good}segmnts: { k: 3 }`,
      { line: 8, message: /known key, found "segmnts"/, hint: /"segments"/ },
    ],
    [
      'an inner key that does not exist',
      'sources: {}\nsegments:\n  k: 3\n  strats: 4',
      { line: 4, message: /known key in segments, found "strats"/, hint: /"starts"/ },
    ],
    [
      'a key of a source',
      'sources:\n  customers:\n    path: a.csv\n    encodin: utf-8',
      { line: 4, message: /sources\.customers, found "encodin"/, hint: /"encoding"/ },
    ],
    [
      'a role that does not exist',
      'sources:\n  customers:\n    path: a.csv\n    columns: { custmer: id }',
      { line: 4, message: /known key in sources\.customers\.columns, found "custmer"/, hint: /"customer"/ },
    ],
    [
      'a key of a cleaning step',
      'sources:\n  customers:\n    path: a.csv\n    clean:\n      - dropDuplicate: true',
      { line: 5, message: /clean\[0\], found "dropDuplicate"/, hint: /"dropDuplicates"/ },
    ],
    [
      'text for a number',
      'sources: {}\nsegments:\n  k: five',
      { line: 3, message: /a number or "auto" or a mapping of keys for segments\.k, found "five"/ },
    ],
    [
      'half a segment',
      'sources: {}\nsegments:\n  k: 2.5',
      { line: 3, message: /a whole number or "auto" or a mapping of keys for segments\.k, found 2\.5/ },
    ],
    [
      'no segment',
      'sources: {}\nsegments:\n  k: 0',
      { line: 3, message: /at least 1 for segments\.k, found 0/ },
    ],
    [
      'a device that does not exist',
      'sources: {}\ndevice: webgup',
      { line: 2, message: /webgpu.* for device, found "webgup"/, hint: /"webgpu"/ },
    ],
    [
      'an encoding that does not exist',
      'sources: { customers: { path: a.csv, encoding: latin1 } }',
      { line: 1, message: /latin-1.*encoding, found "latin1"/, hint: /"latin-1"/ },
    ],
    ['no sources', 'name: A shop', { message: /a mapping of keys for sources, found nothing/ }],
    [
      'a list where a mapping belongs',
      'sources: []',
      { line: 1, message: /a mapping of keys for sources, found \[\]/ },
    ],
    [
      'no path',
      'sources: { customers: { format: csv } }',
      { line: 1, message: /sources\.customers\.path, found nothing/ },
    ],
    [
      'a name that SQL would not take',
      'sources: { my-shop: { path: a.csv } }',
      { line: 1, message: /a name of letters, digits and _ in sources, found "my-shop"/ },
    ],
    [
      'a day that no month has',
      'sources: {}\nsnapshot: 2011-02-30',
      { line: 2, message: /a date and time such as 2011-12-10 12:50 for snapshot, found "2011-02-30"/ },
    ],
    [
      'a word for a date',
      'sources: {}\nsnapshot: infinity',
      { line: 2, message: /a date and time .* for snapshot, found "infinity"/ },
    ],
    [
      'a holdout that is no date',
      'sources: {}\nvalue:\n  model: bg-nbd\n  holdout: 01.07.2025',
      { line: 4, message: /a date and time .* for value\.holdout, found "01\.07\.2025"/ },
    ],
    [
      'boundaries that fall',
      'sources: {}\nvalue:\n  boundaries:\n    recency: [90, 30]',
      { line: 4, message: /boundaries of recency that increase, found \[90, 30\]/ },
    ],
    [
      'boundaries for other scores',
      'sources: {}\nvalue:\n  quantiles: 5\n  boundaries: { monetary: [10, 100] }',
      { line: 4, message: /4 boundaries of monetary, one fewer than scores, found \[10, 100\]/ },
    ],
    ['broken YAML', 'sources: {\n  a: [', { message: /expected YAML/ }],
    ['an empty file', '', { message: /sources, found nothing/ }],
  ];
  test.each(cases)('%s', (_name, text, { line, message, hint }) => {
    const error = complaint(text);
    expect(error.message).toMatch(message);
    expect(error.place.file).toBe(join(folder, 'kindred.yaml'));
    if (line !== undefined) expect(error.place.line).toBe(line);
    if (hint) expect(error.hint).toMatch(hint);
  });

  test('a file that is not there', () => {
    expect(() => loadConfig({ file: join(folder, 'none.yaml') })).toThrow(
      /expected a configuration .*found no such file/,
    );
  });

  test('--set without a value', () => {
    expect(() => loadConfig({ file: written(good), set: ['segments.k'] })).toThrow(
      /expected --set key=value/,
    );
  });
});
