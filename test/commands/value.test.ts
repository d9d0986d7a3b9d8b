import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dataset } from '../datasets.js';
import { emptyFolder, kindred } from './kindred.js';
import { folderWith, rowsOf } from './shop.js';

const file = dataset('cdnow/CDNOW_sample.txt');
const cdnow = [
  ...['value', file ?? '', '--names', 'master', 'id', 'date', 'cds', 'dollars', '--delimiter', 'whitespace'],
  ...['--customer', 'id', '--time', 'date', '--amount', 'dollars', '--no-header', '--format', 'csv'],
];

function table(...path: string[]): Record<string, string>[] {
  return rowsOf(readFileSync(join(...path), 'utf8'));
}

/** Forty customers, of whom the first ten come every week until they stop or the year ends. */
const orders = [
  'client,day,spent',
  ...Array.from({ length: 40 }, (_, c) =>
    Array.from({ length: c < 10 ? 5 + 4 * c : 1 + (c % 3) }, (_, visit) => {
      const date = new Date(Date.UTC(2024, 0, 1 + c + 7 * visit));
      return `c${String(c).padStart(2, '0')},${date.toISOString().slice(0, 10)},${10 + ((3 * c + visit) % 17)}`;
    }),
  ).flat(),
  '',
].join('\n');
const roles = ['--customer', 'client', '--time', 'day', '--amount', 'spent'];

describe('kindred value --model', () => {
  test.skipIf(!file)('of CDNOW: columns, model, at-risk list and holdout', async () => {
    const out = emptyFolder();
    const lifetime = ['--model', 'bg-nbd', '--horizon', '39', '--holdout', '1997-10-01', '--out', out];
    const { code, stdout, stderr } = await kindred([...cdnow, ...lifetime]);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/BG\/NBD +r +0\.2536 +0\.01\d+/);
    expect(stdout).toContain('Fitted to 2,357 customers, 1,139 of whom bought again, up to 1998-06-30');
    expect(stdout).toContain(
      'Left out of Gamma-Gamma: 1,218 customers; their first purchase is the only one',
    );
    expect(stdout).toContain('purchases 1,653 predicted, 1,882 made (−12.1 %)');

    const customers = table(out, 'customers.csv');
    expect(customers).toHaveLength(2357);
    const [first] = customers;
    const expected = [
      'repeats',
      'lastRepeat',
      'observed',
      'meanRepeat',
      'probabilityAlive',
      'expectedPurchases',
    ];
    for (const name of [...expected, 'expectedSpend', 'lifetimeValue'])
      expect(Number(first![name])).toBeGreaterThan(0);
    expect(first!.loyalty).toBe('silver');

    const losses = table(out, 'at-risk.csv').map(({ expectedLoss }) => Number(expectedLoss));
    expect(losses).toEqual([...losses].sort((a, b) => b - a));
    expect(table(out, 'holdout-groups.csv').map(({ customers }) => customers)).toContain('1411');
    for (const name of ['holdout-groups.svg', 'holdout-tracking.svg'])
      expect(readFileSync(join(out, name), 'utf8')).toMatch(/^<svg /);
    expect(table(out, 'quality.csv')).toContainEqual(
      expect.objectContaining({ rule: 'fit of Gamma-Gamma', rowsChanged: '1218', rowsDropped: '0' }),
    );
    const { value } = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'));
    expect(value.model.purchases.standardErrors.r).toBeCloseTo(0.0109, 3);
    expect(value.model.leftOut).toHaveLength(1);
    expect(value.holdout.tracking.length).toBeGreaterThan(70);

    // The saved model gives the same customers the same values.
    const scored = emptyFolder();
    const again = await kindred([
      ...['score', file!, '--model', join(out, 'model'), '--out', scored, '--format', 'csv'],
    ]);
    expect(again.code, again.stderr).toBe(0);
    expect(table(scored, 'values.csv').map(row => row.lifetimeValue)).toEqual(
      customers.map(row => row.lifetimeValue),
    );
  });

  test.each(['mbg-nbd', 'pareto-nbd'])('%s, in months', async model => {
    const cwd = folderWith({ 'orders.csv': orders });
    const { code, stdout, stderr } = await kindred(
      ['value', 'orders.csv', ...roles, '--model', model, '--unit', 'month', '--json'],
      { cwd },
    );
    expect(code, stderr).toBe(0);
    const { value } = JSON.parse(stdout);
    expect(value).toMatchObject({
      unit: 'month',
      horizon: 12,
      customers: 40,
      model: { model, repeatBuyers: 30 },
    });
    expect(value.expected.lifetimeValue).toBeGreaterThan(0);
    expect(value.loyalty.reduce((sum: number, tier: { customers: number }) => sum + tier.customers, 0)).toBe(
      40,
    );
  });

  test('historical needs no fit and saves no model', async () => {
    const cwd = folderWith({
      'orders.csv': 'client,day,spent\na,2024-01-01,10\na,2024-01-29,10\nb,2024-01-29,4\n',
    });
    const { code, stdout, stderr } = await kindred(
      [
        'value',
        'orders.csv',
        ...roles,
        '--model',
        'historical',
        '--horizon',
        '2',
        '--out',
        'out',
        '--format',
        'csv',
      ],
      { cwd },
    );
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('2 customers brought in 24 so far. In the next 2 weeks, going on as before: 14');
    expect(table(cwd, 'out', 'customers.csv')).toMatchObject([
      { customer: 'a', repeats: '1.0', observed: '4.0', historicalValue: '20.0', lifetimeValue: '10.0' },
      { customer: 'b', repeats: '0.0', observed: '0.0', historicalValue: '4.0', lifetimeValue: '4.0' },
    ]);
    expect(existsSync(join(cwd, 'out', 'model'))).toBe(false);
  });

  test('in kindred.yaml, with tiers and limits of its own', async () => {
    const yaml = `
output: { folder: out, format: csv }
sources:
  transactions: { path: orders.csv, columns: { customer: client, time: day, amount: spent } }
segments: false
recommendations: false
value:
  model: bg-nbd
  unit: day
  horizon: 90
  discountRate: 0
  loyalty: [{ name: regular, purchases: 5, alive: 0.5 }, { name: other }]
  atRisk: { least: 0.01, most: 0.99 }
`;
    const cwd = folderWith({ 'orders.csv': orders, 'kindred.yaml': yaml });
    const { code, stdout, stderr } = await kindred(['nightly'], { cwd });
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/regular +\d+/);
    expect(stdout).toMatch(/^Expected loss: what the customer would bring in if surely still there, times/m);
    expect(readdirSync(join(cwd, 'out', 'model'))).toEqual(['value.json']);
    const tiers = new Set(table(cwd, 'out', 'customers.csv').map(({ loyalty }) => loyalty));
    expect(tiers).toEqual(new Set(['regular', 'other']));
  });

  test.each([
    [
      'settings without a model',
      ['--horizon', '3'],
      2,
      /a value\.model of historical, bg-nbd.* for value\.horizon/,
    ],
    ['a holdout of nothing', ['--model', 'historical', '--holdout', '2024-02-01'], 2, /for value\.holdout/],
    [
      'a holdout after the end',
      ['--model', 'bg-nbd', '--holdout', '2031-01-01'],
      2,
      /not after the end of the obs/,
    ],
    ['a negative horizon', ['--model', 'bg-nbd', '--horizon', '-3'], 2, /greater than 0 for value\.horizon/],
    ['purchases after the end', ['--model', 'bg-nbd', '--snapshot', '2024-02-01'], 2, /after/],
    [
      'one purchase each',
      ['--model', 'bg-nbd', '--where', "time < '2024-01-08'"],
      3,
      /at least 10 customers who bought again on another day.*found none among/,
    ],
  ])('%s: one sentence', async (_name, args, exitCode, sentence) => {
    const cwd = folderWith({ 'orders.csv': orders });
    const { code, stdout, stderr } = await kindred(['value', 'orders.csv', ...roles, ...args, '--quiet'], {
      cwd,
    });
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(stderr).toMatch(/^error: .*\.\nhint: .*\n$/);
    expect(stderr).toMatch(sentence);
  });

  test('spend of nothing or less is left out of the fit, and reported', async () => {
    const refunded = orders.replace(/^(c1[0-9],.*,)\d+$/gm, '$1-1');
    const cwd = folderWith({ 'orders.csv': refunded });
    const { code, stdout, stderr } = await kindred(['value', 'orders.csv', ...roles, '--model', 'bg-nbd'], {
      cwd,
    });
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(
      /Left out of Gamma-Gamma: \d+ customers; their repeat purchases did not come to more than 0/,
    );
  });
});

describe('boundaries', () => {
  test('score customers by figures of the shop', async () => {
    const cwd = folderWith({ 'orders.csv': orders });
    const scored = ['--snapshot', '2025-01-01', '--recency-boundaries', '100', '300', '--out', 'out'];
    const { code, stderr } = await kindred(
      ['value', 'orders.csv', ...roles, ...scored, '--frequency-boundaries', '2', '20', '--format', 'csv'],
      { cwd },
    );
    expect(code, stderr).toBe(0);
    const rows = table(cwd, 'out', 'customers.csv');
    expect(new Set(rows.map(({ R }) => R))).toEqual(new Set(['1', '2', '3']));
    for (const { recency, frequency, R, F } of rows) {
      expect(Number(R)).toBe(Number(recency) <= 100 ? 3 : Number(recency) <= 300 ? 2 : 1);
      expect(Number(F)).toBe(Number(frequency) >= 20 ? 3 : Number(frequency) >= 2 ? 2 : 1);
    }
  });

  test('have to be numbers', async () => {
    const { code, stderr } = await kindred(['value', 'o.csv', ...roles, '--recency-boundaries', '30', 'x']);
    expect(code).toBe(2);
    expect(stderr).toContain('expected a number after --recency-boundaries, found text.');
  });
});

describe('--where', () => {
  const dirty = `${orders}c00,2024-01-02,-500\n`;
  const yaml = [
    'sources:',
    '  transactions:',
    '    path: orders.csv',
    '    columns: { customer: client, time: day, amount: spent }',
    '    clean: [{ filter: { keep: amount > 0, because: returned } }]',
    'snapshot: 2024-12-31',
    '',
  ].join('\n');
  const files = { 'orders.csv': dirty, 'kindred.yaml': yaml };
  const where = ['--where', "customer IN ('c00', 'c11')"];
  const spent = '{"c00":"60.0","c11":"47.0"}';
  const monetary = (cwd: string) =>
    JSON.stringify(
      Object.fromEntries(table(cwd, 'out', 'customers.csv').map(row => [row.customer, row.monetary])),
    );

  test.each([
    ['with a configuration alone', ['--config', 'kindred.yaml']],
    ['with an input beside it', ['orders.csv', '--config', 'kindred.yaml']],
  ])('comes after the cleaning steps of the configuration, %s', async (_name, args) => {
    const cwd = folderWith(files);
    const { code, stderr } = await kindred(['value', ...args, ...where, '--out', 'out', '--format', 'csv'], {
      cwd,
    });
    expect(code, stderr).toBe(0);
    expect(monetary(cwd)).toBe(spent);
  });

  test('comes after the cleaning steps of a model', async () => {
    const cwd = folderWith(files);
    const model = ['--model', 'bg-nbd', '--out', 'fit'];
    const fit = await kindred(['value', '--config', 'kindred.yaml', ...model], { cwd });
    expect(fit.code, fit.stderr).toBe(0);
    const scoring = ['score', 'orders.csv', '--model', 'fit/model', '--out', 'out', '--format', 'csv'];
    expect((await kindred([...scoring, ...where], { cwd })).code).toBe(0);
    expect(readFileSync(join(cwd, 'out', 'quality.csv'), 'utf8')).toMatch(/returned[\s\S]*--where/);
    expect(table(cwd, 'out', 'values.csv').map(({ customer }) => customer)).toEqual(['c00', 'c11']);
  });

  test.each([
    [['--customer', 'client'], /an input that --customer is about, found none/],
    [['--time-format', '%Y'], /an input that --time-format is about, found none/],
  ])('what %j is about has to be there', async (args, sentence) => {
    const { code, stderr } = await kindred(['value', '--config', 'kindred.yaml', ...args], {
      cwd: folderWith(files),
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(sentence);
  });

  test('of several sources is about none', async () => {
    const several = yaml.replace('sources:', 'sources:\n  customers: { path: orders.csv }');
    const { code, stderr } = await kindred(['value', '--config', 'kindred.yaml', ...where], {
      cwd: folderWith({ ...files, 'kindred.yaml': several }),
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/an input that --where is about, found .*customers, transactions/);
  });
});

describe('RFM within groups', () => {
  const rows = ['client,day,spent,land', 'a,2024-01-01,100,FR', 'a,2024-02-01,100,FR', 'a,2024-02-02,1,IT'];
  const more = ['b,2023-12-01,50,FR', 'c,2024-01-03,5,IT', 'd,2023-11-01,2,IT', ''];
  const files = { 'orders.csv': [...rows, ...more].join('\n') };
  const args = ['value', 'orders.csv', ...roles, '--quantiles', '2', '--out', 'out', '--format', 'csv'];

  test.each([
    [
      ['--groups', 'Land'],
      ['FR', 'FR', 'IT', 'IT'],
    ],
    [
      ['--set', 'value.groups.firstPurchase=quarter'],
      ['2024-Q1', '2023-Q4', '2024-Q1', '2023-Q4'],
    ],
  ])('%s', async (groups, expected) => {
    const cwd = folderWith(files);
    const { code, stdout, stderr } = await kindred([...args, ...groups], { cwd });
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('scored within 2 groups of customers');
    const customers = table(cwd, 'out', 'customers.csv');
    expect(customers.map(({ rfmGroup }) => rfmGroup)).toEqual(expected);
    expect(customers.map(({ M }) => M)).toEqual([
      '2',
      expected[1] === 'FR' ? '1' : '2',
      expected[2] === 'IT' ? '2' : '1',
      '1',
    ]);
  });

  test('by a column that is not there', async () => {
    const cwd = folderWith(files);
    const { code, stderr } = await kindred([...args, '--groups', 'Lnd'], { cwd });
    expect(code).toBe(3);
    expect(stderr).toMatch(/expected a column "Lnd", found only .*\nhint: Did you mean "land"\?/);
  });

  test('a map of segments of its own', async () => {
    const yaml = `
sources: { transactions: { path: orders.csv, columns: { customer: client, time: day, amount: spent } } }
value:
  segments: [{ name: fresh, recency: [4, 5], frequency: [1, 5] }, { name: stale, recency: [1, 3], frequency: [1, 5] }]
`;
    const cwd = folderWith({ ...files, 'kindred.yaml': yaml });
    const { code, stdout, stderr } = await kindred(['value', '--config', 'kindred.yaml'], { cwd });
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/fresh +2/);
    expect(stdout).toMatch(/stale +2/);
  });
});
