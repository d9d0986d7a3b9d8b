import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cli, kindred } from './kindred.js';
import { customersCsv, orderColumns, ordersCsv, shopYaml, tinyShop } from './shop.js';

const segment = [
  'segment',
  'customers.csv',
  '--id',
  'id',
  '--features',
  'income',
  'score',
  '--k',
  '3',
  '--out',
  'out',
];
const value = [
  'value',
  'orders.csv',
  ...orderColumns.filter(word => !['--item', 'sku'].includes(word)),
  '--out',
  'out',
];
const nightly = ['nightly', 'kindred.yaml'];

interface Case {
  files?: Record<string, string | Uint8Array>;
  args: string[];
  code: 2 | 3 | 4;
  sentence: RegExp;
  hint?: RegExp;
}

const cases: Record<string, Case> = {
  'a missing file': {
    args: ['segment', 'nowhere.csv', ...segment.slice(2)],
    code: 3,
    sentence: /nowhere\.csv: expected a file, found nothing there/,
  },
  'a blend of nothing': {
    args: [
      'recommend',
      'orders.csv',
      '--customer',
      'who',
      '--item',
      'sku',
      '--algorithm',
      'blend',
      '--out',
      'out',
    ],
    code: 2,
    sentence: /expected --blend to say of what the blend is, found --algorithm blend/,
    hint: /--blend als item/,
  },
  'an unknown column': {
    args: segment.with(5, 'incme'),
    code: 3,
    sentence: /expected a column "incme"/,
    hint: /Did you mean "income"\?/,
  },
  'an unknown column of a role': {
    args: segment.with(3, 'idd'),
    code: 3,
    sentence: /expected a column "idd"/,
    hint: /Did you mean "id"\?/,
  },
  'the name in the file of a column that plays a role': {
    args: [...value, '--where', 'each > 1'],
    code: 3,
    sentence: /expected a column "each", found only customer \(client\), basket \(order\), .*price \(each\)/,
    hint: /The column each has the name of its role here: "price"\./,
  },
  'prices too great to be summed': {
    files: { 'orders.csv': ordersCsv.replace('1,3.50', '1,1e28') },
    args: ['recommend', 'orders.csv', ...orderColumns, '--algorithm', 'content', '--out', 'out'],
    code: 3,
    sentence: /orders\.csv, line 3, column "each": expected a number below 1e18, found "1e28"/,
  },
  'no item to recommend by what it is like': {
    args: ['recommend', 'orders.csv', '--customer', 'client', '--algorithm', 'content', '--out', 'out'],
    code: 3,
    sentence: /transactions: expected a column of the role "item", found only customer, order, sku/,
    hint: /--item/,
  },
  'no customer to evaluate recommenders with': {
    args: ['evaluate', 'orders.csv', '--item', 'sku', '--out', 'out'],
    code: 3,
    sentence: /transactions: expected a column of the role "customer"/,
    hint: /--customer/,
  },
  'a wrong delimiter': {
    args: [...segment, '--delimiter', ';'],
    code: 3,
    sentence: /customers\.csv/,
  },
  'a wrong encoding': {
    files: { 'customers.csv': Buffer.from(customersCsv.replace('c00', 'c\xe900'), 'latin1') },
    args: segment,
    code: 3,
    sentence: /utf-8/i,
    hint: /latin-1/,
  },
  'a file that is packed in a way that is not read': {
    files: { 'customers.csv': Buffer.from('28b52ffd2058110000', 'hex') },
    args: segment,
    code: 3,
    sentence: /customers\.csv: expected a text file, found a Zstandard file/,
    hint: /Unpack it first/,
  },
  'Parquet that is called CSV': {
    files: { 'customers.csv': Buffer.from('PAR1\x15\x04\xffPAR1', 'latin1') },
    args: segment,
    code: 3,
    sentence: /customers\.csv: expected a text file, found a Parquet file/,
    hint: /--input-format parquet/,
  },
  'a pipe, which can be read but once': {
    args: [...segment.with(1, '-'), '--input-format', 'csv'],
    code: 3,
    sentence: /\/dev\/stdin: expected a file, found a pipe/,
    hint: /write it to a file/,
  },
  'more places of a list than items': {
    args: ['evaluate', 'orders.csv', ...orderColumns, '--set', 'recommendations.excludeOwned=false'],
    code: 2,
    sentence: /evaluation\.k: expected k of at most the 5 items of the catalogue, found 10/,
    hint: /--k 5/,
  },
  'an amount too great to be summed': {
    files: { 'orders.json': '[{"client":"a","when":"2024-01-02","spent":1e20}]' },
    args: ['value', 'orders.json', '--customer', 'client', '--time', 'when', '--amount', 'spent'],
    code: 3,
    sentence: /orders\.json, column "spent": expected numbers below 1e18, found 100000000000000000000/,
    hint: /keep: abs\(amount\) < 1e18/,
  },
  'a structure where a number belongs': {
    files: { 'customers.json': '[{"id":"a","income":{"x":1}},{"id":"b","income":{"x":2}}]' },
    args: ['segment', 'customers.json', '--id', 'id', '--features', 'income', '--k', '2', '--out', 'out'],
    code: 3,
    sentence: /customers\.json, column "income": expected a number, found \{"x":1\}/,
  },
  'UTF-16 with the greater byte first': {
    files: { 'customers.csv': Buffer.from(`\ufeff${customersCsv}`, 'utf16le').swap16() },
    args: segment,
    code: 3,
    sentence: /customers\.csv: expected text encoded as utf-8, found UTF-16 with the greater byte first/,
    hint: /Save it as UTF-8/,
  },
  'UTF-16 that does not say so': {
    files: { 'customers.csv': Buffer.from(customersCsv, 'utf16le') },
    args: segment,
    code: 3,
    sentence: /customers\.csv: expected text encoded as utf-8, found UTF-16 without a byte order mark/,
    hint: /encoding: utf-16/,
  },
  'a header only': {
    files: { 'customers.csv': 'id,income,score\n' },
    args: segment,
    code: 3,
    sentence: /expected rows, found only a header/,
  },
  'an empty file': { files: { 'customers.csv': '' }, args: segment, code: 3, sentence: /an empty file/ },
  'no rows after cleaning': {
    args: [...segment, '--where', 'income > 1000'],
    code: 3,
    sentence: /expected .*rows/,
  },
  'text where a number belongs': {
    files: { 'orders.csv': ordersCsv.replace('1,3.50', '1,cheap') },
    args: value,
    code: 3,
    sentence: /orders\.csv, line 3, column "each": expected a number, found .*cheap/,
  },
  NaN: {
    files: { 'customers.csv': customersCsv.replace('c01,21', 'c01,NaN') },
    args: segment,
    code: 3,
    sentence: /income/,
  },
  'an infinity': {
    files: { 'orders.csv': ordersCsv.replace('1,3.50', '1,inf') },
    args: value,
    code: 3,
    sentence: /line 3, column "each"/,
  },
  'duplicate customers': {
    files: { 'customers.csv': customersCsv.replace('c01', 'c00') },
    args: segment,
    code: 3,
    sentence: /expected one row for each customer, found "c00" 2 times/,
    hint: /dropDuplicates/,
  },
  'more segments than distinct customers': {
    args: segment.with(8, '13'),
    code: 2,
    sentence: /error: segments\.k: expected at most as many segments as there are customers, 12, found 13/,
  },
  'a constant column under scaling': {
    files: { 'customers.csv': customersCsv.replace(/,\d+$/gm, ',7') },
    args: segment,
    code: 3,
    sentence:
      /column "score": expected numbers that differ, to be scaled by standard, found 7 for every customer/,
    hint: /Leave the feature out/,
  },
  'decimal commas': {
    files: { 'orders.csv': ordersCsv.replaceAll(',', ';').replaceAll('.50', ',50') },
    args: value,
    code: 3,
    sentence: /line 2, column "each": expected a number, found the text "2,50"/,
    hint: /decimal: ','/,
  },
  'decimal commas in a feature': {
    files: { 'customers.csv': customersCsv.replaceAll(',', ';').replace('21;', '21,5;') },
    args: segment,
    code: 3,
    sentence: /line 3, column "income": expected a number, found the text "21,5"/,
    hint: /decimal: ','/,
  },
  'columns aligned by blanks': {
    files: { 'customers.csv': customersCsv.replaceAll(',', '   ') },
    args: segment,
    code: 3,
    sentence: /expected a column "id"/,
    hint: /delimiter: whitespace/,
  },
  'a spreadsheet': {
    files: { 'customers.xlsx': 'PK' },
    args: segment.with(1, 'customers.xlsx'),
    code: 2,
    sentence: /found "\.xlsx"/,
    hint: /Save the sheet as CSV/,
  },
  'a date in words': {
    files: { 'orders.csv': ordersCsv.replaceAll('2024-01-10', '10 Jan 2024') },
    args: value,
    code: 3,
    sentence: /column "when": expected a date and time/,
    hint: /--time-format/,
  },
  'k below 1': { args: segment.with(8, '0'), code: 2, sentence: /at least 1 for segments\.k, found 0/ },
  'a key that does not exist': {
    files: { 'kindred.yaml': `${shopYaml}segmentz: 3\n` },
    args: nightly,
    code: 2,
    sentence: /kindred\.yaml, line 13: expected a known key, found "segmentz"/,
    hint: /"segments"/,
  },
  'an output folder that cannot be written': {
    args: [...segment.slice(0, -1), 'customers.csv/out'],
    code: 2,
    sentence: /expected a folder that can be written, found a file/,
  },
  'an output folder where the system allows none': {
    args: [...segment.slice(0, -1), '/proc/kindred/out'],
    code: 2,
    sentence: /expected a folder that can be written/,
  },
  'no features': {
    args: ['segment', 'customers.csv', '--id', 'id'],
    code: 2,
    sentence: /expected features/,
    hint: /--features/,
  },
  'an absent device by name': {
    args: [...segment, '--device', 'cuda'],
    code: 4,
    sentence: /expected .*NVIDIA/,
  },
  'SQL that does not run': {
    args: [...segment, '--where', 'income >'],
    code: 2,
    sentence: /expected .*SQL/i,
  },
  'a snapshot before the last purchase': {
    args: [...value, '--snapshot', '2024-01-05'],
    code: 2,
    sentence: /expected a snapshot after the last transaction/,
  },
  'an option that is said twice': {
    args: [...segment, '--k', '7'],
    code: 2,
    sentence: /expected --k once, found 3 and 7/,
  },
  'an amount that has no room in a sum': {
    files: { 'orders.csv': ordersCsv.replace('1,3.50', '1,1e300') },
    args: value,
    code: 3,
    sentence: /orders\.csv, line 3, column "each": expected a number below 1e18, found "1e300"/,
  },
  'a group of customers that no column has': {
    args: [
      'recommend',
      'orders.csv',
      '--customer',
      'client',
      '--item',
      'sku',
      '--algorithm',
      'popular-in-country',
    ],
    code: 3,
    sentence: /error: popular-in-country: expected a column "country"/,
  },
  'a saved model that is none': {
    files: { 'customers.json': '{"x":1}' },
    args: ['score', 'customers.csv', '--model', '.'],
    code: 3,
    sentence: /customers\.json: expected a saved customers model, found JSON that is no model/,
  },
  'a report to compare with that is not there': {
    args: ['bench', '--kernel', 'Gram', '--compare', 'nowhere.json'],
    code: 3,
    sentence: /nowhere\.json: expected a report that kindred bench --json wrote, found no such file/,
  },
  'a model that is not there': {
    args: ['score', 'customers.csv', '--model', 'out/model'],
    code: 3,
    sentence: /expected a saved .*model, found no such file/,
  },
};

describe('bad input is told in one sentence and leaves nothing half-written', () => {
  test.each(Object.entries(cases))('%s', async (name, { files, args, code, sentence, hint }) => {
    const hasCuda = name.includes('device') && existsSync('/proc/driver/nvidia');
    const cwd = tinyShop(files);
    const before = readdirSync(cwd);
    const ended = await kindred(hasCuda ? args.with(-1, 'tensorflow') : args, { cwd });
    const errors = ended.stderr.split('\n').filter(line => /^(error|bug):/.test(line));
    expect(errors, ended.stderr).toHaveLength(1);
    expect(errors[0]).toMatch(sentence);
    expect(ended.code).toBe(code);
    const hints = ended.stderr.split('\n').filter(line => line.startsWith('hint:'));
    expect(hints, ended.stderr).toHaveLength(1);
    if (hint) expect(hints[0]).toMatch(hint);
    expect(ended.stdout).toBe('');
    expect(readdirSync(cwd)).toEqual(before);
  });

  test('a constant column is fine without scaling', async () => {
    const cwd = tinyShop({ 'customers.csv': customersCsv.replace(/,\d+$/gm, ',7') });
    const { code, stdout } = await kindred([...segment, '--scale', 'none', '--json'], { cwd });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).segments.sizes).toEqual([4, 4, 4]);
  });

  test('decimal commas are read where they are declared', async () => {
    const cwd = tinyShop({ 'orders.csv': ordersCsv.replaceAll(',', ';').replaceAll('.50', ',50') });
    const { code, stdout } = await kindred([...value, '--decimal', ',', '--json'], { cwd });
    const { stdout: asPoints } = await kindred([...value, '--json'], { cwd: tinyShop() });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).value).toEqual(JSON.parse(asPoints).value);
  });

  test('a folder in the place of a result: nothing of the night is published', async () => {
    const cwd = tinyShop();
    mkdirSync(join(cwd, 'out', 'segments.csv'), { recursive: true });
    const { code, stderr } = await kindred(nightly, { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/segments\.csv: expected .* found a folder of that name\.\nhint: /);
    expect(readdirSync(join(cwd, 'out'))).toEqual(['segments.csv']);
  });

  test('a copy of nights that followed links is told from nights', async () => {
    const cwd = tinyShop();
    expect((await kindred(nightly, { cwd })).code).toBe(0);
    cpSync(join(cwd, 'out'), join(cwd, 'copy'), { recursive: true, dereference: true });
    for (const args of [[], ['--rollback']]) {
      const { code, stderr } = await kindred([...nightly, '--out', 'copy', '--quiet', ...args], { cwd });
      expect(stderr).toMatch(
        /^error: .*copy.current: expected a link to the published night, found a folder\.\nhint: /,
      );
      expect(code).toBe(2);
    }
  });

  test('what a model says is not asked beside it', async () => {
    const cwd = tinyShop();
    expect((await kindred(nightly, { cwd })).code).toBe(0);
    const recommend = ['recommend', 'orders.csv', '--customer', 'client', '--item', 'sku'];
    for (const option of [['--similar-items'], ['--weight', 'log'], ['--chain', 'als', 'item']]) {
      const { code, stderr } = await kindred([...recommend, '--model', 'out/model', ...option], { cwd });
      expect(stderr).toMatch(`expected no option of learning beside --model, found ${option[0]}.`);
      expect(code).toBe(2);
    }
  });

  test('the data engine finds no room for its tables', () => {
    const cwd = tinyShop();
    const line = `ulimit -f 8; exec "${process.execPath}" "${cli}" nightly --quiet`;
    const env = { ...process.env, NO_COLOR: '1' };
    const { status, stderr } = spawnSync('sh', ['-c', line], { cwd, env, encoding: 'utf8' });
    expect(stderr).toMatch(
      /^error: .*: expected a file that can be written, found a limit on the size of files\.\nhint: /,
    );
    expect(status).toBe(2);
  });

  test('a customer without id is left out, and that is said', async () => {
    const cwd = tinyShop({ 'customers.csv': customersCsv.replace('c01', '') });
    const { code, stderr } = await kindred(segment, { cwd });
    expect(code).toBe(0);
    expect(stderr).toContain('customers: no customer id; left out (1 row)');
  });

  test('long names of features do not make wide tables', async () => {
    const name = 'feature_'.repeat(30);
    const cwd = tinyShop({ 'customers.csv': customersCsv.replace('income', name) });
    const { stdout } = await kindred(segment.slice(0, -2).with(5, name), { cwd });
    expect(Math.max(...stdout.split('\n').map(line => line.length))).toBeLessThanOrEqual(120);
  });

  test('what was published before stays when a run fails', async () => {
    const cwd = tinyShop();
    expect((await kindred(nightly, { cwd })).code).toBe(0);
    const read = () =>
      readdirSync(join(cwd, 'out'))
        .map(name => `${name}`)
        .sort();
    const [names, customers] = [read(), readFileSync(join(cwd, 'out', 'customers.csv'), 'utf8')];
    writeFileSync(join(cwd, 'orders.csv'), 'client,order\n');
    expect((await kindred(nightly, { cwd })).code).toBe(3);
    expect(read()).toEqual(names);
    expect(readFileSync(join(cwd, 'out', 'customers.csv'), 'utf8')).toBe(customers);
  });
});
