import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { kindred } from './kindred.js';
import { orderColumns, ordersCsv, rowsOf, shopYaml, tinyShop } from './shop.js';

const itemsCsv = [
  'sku,name,category,price,stock',
  'tea,Green tea,kitchen,2.5,9',
  'cup,Tea cup,kitchen,3.5,9',
  'pot,Tea pot,kitchen,4.5,0',
  'lamp,Desk lamp,light,2.5,9',
  'bulb,Bulb for a lamp,light,3.5,9',
  'mug,Cup for tea,kitchen,3,9',
  '',
].join('\n');

/** The tiny shop with its items, one of which nobody has bought, and a customer who has bought nothing. */
function shopWith(recommendations: string): string {
  const yaml = shopYaml
    .replace('recommendations: { count: 2 }', `recommendations: ${recommendations}`)
    .replace('sources:', 'sources:\n  items: { path: items.csv, columns: { item: sku } }');
  const customers = ['id,income,score,country', 'new,91,9,Norway'];
  for (let group = 0; group < 3; group++) {
    for (let i = 0; i < 4; i++)
      customers.push(`c${group}${i},${[20, 50, 90][group] + i},1,${group === 2 ? 'Norway' : 'Spain'}`);
  }
  return tinyShop({
    'kindred.yaml': yaml,
    'items.csv': itemsCsv,
    'customers.csv': `${customers.join('\n')}\n`,
  });
}

async function recommended(recommendations: string, args: string[] = []) {
  const cwd = shopWith(recommendations);
  const ended = await kindred(['nightly', ...args], { cwd });
  expect(ended.stderr).not.toContain('bug:');
  expect(ended.code).toBe(0);
  const rows = rowsOf(readFileSync(join(cwd, 'out', 'recommendations.csv'), 'utf8'));
  mkdirSync(join(cwd, 'new'));
  return { cwd, ...ended, of: (customer: string) => rows.filter(row => row.customer === customer) };
}

describe('a chain', () => {
  test('serves the new customer by country and the new item by content', async () => {
    const { of } = await recommended('{ count: 2, chain: [content, popular-in-country] }');
    expect(of('new').map(({ item, reason }) => [item, reason])).toEqual([
      ['bulb', 'popular in Norway'],
      ['lamp', 'popular in Norway'],
    ]);
    expect(of('c00').map(({ item }) => item)).toContain('mug');
    expect(of('c00')[0].reason).toMatch(/^is like /);
  });

  test('serves the new customer by the segment of their features', async () => {
    const { of } = await recommended('{ count: 2, chain: [als, segment], als: { factors: 4 } }');
    expect(of('new')).toHaveLength(2);
    expect(of('new')[0].reason).toMatch(/^favourite of the segment /);
  });

  test('serves the new customer by their attributes, and says what sells lately', async () => {
    const { of } = await recommended(
      '{ count: 2, chain: [item, attributes], attributes: { neighbours: 4 } }',
    );
    expect(
      of('new')
        .map(({ item }) => item)
        .sort(),
    ).toEqual(['bulb', 'lamp']);
    expect(of('new')[0].reason).toBe('liked by customers of the same kind');
    const declared = await recommended(
      '{ count: 2, chain: [attributes], attributes: { neighbours: 4, features: [{ name: income, column: income }] }, excludeOwned: false }',
    );
    expect(
      declared
        .of('c00')
        .map(({ item }) => item)
        .sort(),
    ).toEqual(['cup', 'tea']);
    const trending = await recommended('{ count: 1, chain: [trending], trending: { halfLife: 3 } }');
    // The group that came in April bought lamps and bulbs.
    expect(trending.of('c00')[0]).toMatchObject({ item: 'bulb', reason: 'sells well lately' });
  });

  test('learns the weights of a blend, and writes similar customers', async () => {
    const { cwd, stdout } = await recommended(
      '{ count: 2, blend: [item, customer, content], similarCustomers: true }',
    );
    expect(stdout).toMatch(/Weights of the blend: item [\d.]+, customer [\d.]+, content [\d.]+\./);
    const alike = rowsOf(readFileSync(join(cwd, 'out', 'similar-customers.csv'), 'utf8'));
    const ofOne = alike.filter(({ customer }) => customer === 'c20');
    expect(ofOne.map(({ similar }) => similar)).toEqual(['c21', 'c22']);
    expect(Number(ofOne[0].similarity)).toBeCloseTo(1, 6);
  });
});

describe('a saved model', () => {
  const newcomers = 'id,income,score,country\nzoe,92,10,Norway\nyan,21,79,Spain\n';
  const theirOrders = 'client,order,sku,when,pieces,each\nyan,x1,tea,2024-07-01 12:00,1,2.50\n';

  // Who has bought nothing is in the segment of those who bought least.
  test.each([
    ['attributes', 'lamp', /^liked by customers of the same kind$/],
    ['segment', 'cup', /^favourite of the segment /],
    ['popular-in-country', 'lamp', /^popular in Norway$/],
  ])('serves customers whom the night has not seen by %s, and by what they have', async (part, item, reason) => {
    const { cwd } = await recommended(
      `{ count: 2, chain: [item, ${part}], attributes: { neighbours: 4 }, rules: { deny: [bulb] } }`,
    );
    writeFileSync(join(cwd, 'new', 'customers.csv'), newcomers);
    writeFileSync(join(cwd, 'new', 'orders.csv'), theirOrders);
    const args = ['score', '--model', 'out/model', '--data', 'new', '--format', 'csv', '--out', 'scores'];
    const { code, stderr } = await kindred(args, { cwd });
    expect(code, stderr).toBe(0);
    const rows = rowsOf(readFileSync(join(cwd, 'scores', 'recommendations.csv'), 'utf8'));
    const of = (customer: string) => rows.filter(row => row.customer === customer);
    expect(of('zoe')[0]).toMatchObject({ item, reason: expect.stringMatching(reason) });
    expect(of('yan')[0]).toMatchObject({ item: 'cup', reason: 'goes with Green tea' });
    expect(rows.some(row => row.item === 'bulb')).toBe(false);
    expect(rowsOf(readFileSync(join(cwd, 'scores', 'scores.csv'), 'utf8'))).toHaveLength(2);
  });

  test('recommends to new orders without learning anew, and refuses another catalogue', async () => {
    const { cwd } = await recommended('{ count: 2, blend: { item: 2, content: 1 } }');
    writeFileSync(join(cwd, 'new', 'orders.csv'), `${theirOrders}yan,x1,gone,2024-07-01 12:00,1,2\n`);
    const args = ['recommend', 'new/orders.csv', '--model', 'out/model', '--count', '1', '--out', 'by-model'];
    const { code, stdout, stderr } = await kindred([...args, '--format', 'csv'], { cwd });
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('1 pair of a customer and an item that the model does not know says nothing');
    const rows = rowsOf(readFileSync(join(cwd, 'by-model', 'recommendations.csv'), 'utf8'));
    expect(rows.map(({ customer, item }) => [customer, item])).toEqual([['yan', 'cup']]);

    // Every column of the model can be one of another name.
    const named = theirOrders.replace('client,order,sku', 'who,bill,article');
    writeFileSync(join(cwd, 'new', 'bills.csv'), named);
    const columns = ['--customer', 'who', '--basket', 'bill', '--item', 'article'];
    const renamed = await kindred([...args.with(1, 'new/bills.csv'), ...columns, '--format', 'csv'], { cwd });
    expect(renamed.code, renamed.stderr).toBe(0);
    const file = join(cwd, 'out', 'model', 'item.json');
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(/"version":"[0-9a-f]{12}"/, '"version":"0123456789ab"'),
    );
    const refused = await kindred([...args, '--format', 'csv'], { cwd });
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(
      /item\.json: expected a model of the catalogue [0-9a-f]{12} \(6 items\), found one of the catalogue 0123456789ab \(6 items\)/,
    );
  });
});

describe('rules', () => {
  test('keep to what is in stock, not denied, and within the cap of a category', async () => {
    const { of, stdout } = await recommended(`
  count: 3
  excludeOwned: false
  chain: [content, item]
  rules: { outOfStock: stock = 0, deny: [tea], perCategory: { column: category, atMost: 1 }, boost: 1 + price, diversity: 0.2 }`);
    for (const customer of ['c00', 'c20', 'new']) {
      const items = of(customer).map(({ item }) => item);
      expect(items.some(item => ['pot', 'tea'].includes(item))).toBe(false);
      expect(items.filter(item => ['cup', 'mug'].includes(item)).length).toBeLessThan(2);
      expect(items.length).toBe(2);
    }
    expect(stdout).toContain('13 customers get fewer than 3');
  });

  test.each([
    ['rules: { outOfStock: stock >= 0 }', 3, 'expected items that may be recommended, found none of 5'],
    ['rules: { allow: [gone] }', 3, 'found none of 5, of the 0 that are allowed'],
    ['rules: { deny: colour = 1 }', 3, 'recommendations.rules.deny: expected a column "colour"'],
    ['rules: { boost: price + }', 2, 'expected SQL that DuckDB can run'],
    ['rules: { boost: 0 - price }', 3, 'expected a number of at least 0 for each item'],
    ['rules: { perCategory: { column: kind, atMost: 1 } }', 3, 'expected a column "kind"'],
    [
      'chain: [alss]',
      2,
      'expected als, item, customer, content, attributes, segment, trending, blend, popular or popular-in-COLUMN',
    ],
    ['chain: [blend]', 2, 'expected recommendations.blend to say of what the blend is'],
    ['chain: [popular-in-planet]', 3, 'expected a column "planet"'],
    ['blend: [als, blend]', 2, 'expected recommenders other than blend itself'],
    ['scale: [1, 5]', 2, 'expected recommendations.weight: rating'],
    ['chain: [content], content: { texts: [title] }', 3, 'expected a column "title"'],
  ])('%s is refused in one sentence', async (setting, code, message) => {
    const { stderr, code: found } = await kindred(['nightly', '--quiet'], {
      cwd: shopWith(`{ ${setting} }`),
    });
    expect(stderr).toContain(message);
    expect(found).toBe(code);
  });

  test('keep to prices of the customer and prefer what was sold lately, by the configuration', async () => {
    const dear = await recommended('{ count: 3, chain: [popular], rules: { priceRange: { lowest: 1.1 } } }');
    // Tea at 2.50 and cup at 3.50 come to 3 on average: of the others the lamp is not dearer by a tenth.
    expect(dear.of('c00').map(({ item }) => item)).toEqual(['bulb', 'pot']);
    const lately = await recommended('{ count: 3, chain: [popular], rules: { recency: { halfLife: 1 } } }');
    expect(
      lately
        .of('new')
        .map(({ item }) => item)
        .slice(0, 2)
        .sort(),
    ).toEqual(['bulb', 'lamp']);
  });

  test('ratings outside the scale, and more places than items', async () => {
    const cwd = shopWith('{ weight: rating, scale: [1, 3] }');
    const set = [
      '--set',
      'sources.transactions.columns.rating=each',
      '--set',
      'sources.transactions.columns.price=null',
    ];
    const refused = await kindred(['nightly', '--quiet', ...set.slice(0, 2)], { cwd });
    expect(refused.stderr).toContain('expected ratings of 1 … 3, found 3.5 and');
    const { stdout } = await recommended('{ count: 9 }');
    expect(stdout).toContain('The catalogue has 5 items: nobody can be recommended 9.');
  });
});

describe('purchases that say little', () => {
  const columns = orderColumns.filter(word => !['--basket', 'order'].includes(word));
  const night = async (orders: string[]) => {
    const cwd = tinyShop({ 'orders.csv': ['client,order,sku,when,pieces,each', ...orders, ''].join('\n') });
    const ended = await kindred(
      ['recommend', 'orders.csv', ...columns, '--count', '1', '--out', 'out', '--format', 'csv'],
      { cwd },
    );
    return { ...ended, read: (name: string) => rowsOf(readFileSync(join(cwd, 'out', name), 'utf8')) };
  };

  test('no customer has bought what another has: nothing is alike, all get what is popular', async () => {
    const lines = ['a', 'b', 'c'].map(one => `${one},1${one},s${one},2024-01-01 12:00,1,2`);
    const { code, stdout, read } = await night(lines);
    expect(code).toBe(0);
    expect(stdout).toContain(
      'No two items have a customer in common, so none are similar: check which columns',
    );
    expect(read('recommendations.csv').map(({ reason }) => reason)).toEqual([
      'popular',
      'popular',
      'popular',
    ]);
  });

  test('rows without customer or item are counted, not guessed', async () => {
    const lines = [
      'a,1,tea,2024-01-01 12:00,1,2',
      'b,2,cup,2024-01-01 12:00,1,2',
      ',3,tea,2024-01-01 12:00,1,2',
      'a,4,,2024-01-01 12:00,1,2',
    ];
    const { code, stderr, read } = await night(lines);
    expect(code, stderr).toBe(0);
    expect(read('quality.csv').map(({ reason }) => reason)).toEqual(
      expect.arrayContaining([expect.stringContaining('rows without item id (1) recommend nothing')]),
    );
    const none = await night([',1,tea,2024-01-01 12:00,1,2', 'a,2,,2024-01-01 12:00,1,2']);
    expect(none.code).toBe(3);
    expect(none.stderr).toMatch(/expected .*(customer|pairs)/);
  });
});

describe('kindred evaluate', () => {
  test('compares recommenders in a table of at most 120 columns', async () => {
    const cwd = shopWith('{ count: 2 }');
    const args = ['evaluate', 'orders.csv', ...orderColumns, '--split', 'random', '--k', '2', '--out', 'out'];
    const { code, stdout, stderr } = await kindred(
      [...args, '--format', 'csv', '--tune', 'item', '--trials', '2'],
      { cwd },
    );
    expect(stderr).not.toContain('error');
    expect(code).toBe(0);
    for (const name of [
      'popular',
      'item',
      'customer',
      'als',
      'content',
      'segment',
      'trending',
      'blend',
      'item tuned',
    ])
      expect(stdout).toMatch(new RegExp(`^${name} +\\d\\.\\d{4} ± `, 'm'));
    const table = /^recommender .*(\n.+)*/m.exec(stdout)?.[0].split('\n') ?? [];
    expect(table.length).toBeGreaterThan(8);
    expect(Math.max(...table.map(line => line.length))).toBeLessThanOrEqual(120);
    const rows = rowsOf(readFileSync(join(cwd, 'out', 'evaluation.csv'), 'utf8'));
    expect(rows).toHaveLength(9);
    expect(Object.keys(rows[0])).toEqual(
      expect.arrayContaining(['ndcg', 'ndcgLow', 'auc', 'coverage', 'gini']),
    );
  });

  test('--json gives the same figures, twice', async () => {
    const cwd = shopWith('{ count: 2 }');
    const args = ['evaluate', 'orders.csv', ...orderColumns, '--split', 'random', '--k', '2', '--json'];
    const runs = [await kindred(args, { cwd }), await kindred(args, { cwd })];
    const [first, second] = runs.map(({ stdout }) => JSON.parse(stdout).evaluation.rows);
    const figures = (rows: Record<string, unknown>[]) =>
      rows.map(({ fitSeconds, recommendSeconds, ...rest }) => rest);
    expect(figures(first)).toEqual(figures(second));
    expect(first[0].accuracy.ndcg).toMatchObject({ mean: expect.any(Number), low: expect.any(Number) });
  });

  test.each([
    [
      ['--split', 'time', '--set', 'sources.transactions.columns={customer: client, item: sku}'],
      'expected times of transactions to split by time',
    ],
    [['--split', 'random', '--k', '50'], 'expected k of at most the 5 items of the catalogue, found 50'],
    [['--tune', 'popular'], 'expected als, item, customer, content or trending for evaluation.tune[0]'],
    [['--budget', 'long'], 'expected a time such as 90s, 5m or 1h'],
    [['--recommenders', 'magic'], 'expected als, item, customer'],
  ])('%j is refused in one sentence', async (options, message) => {
    const cwd = tinyShop({ 'orders.csv': ordersCsv });
    const columns = options.some(option => option.includes('columns='))
      ? ['--customer', 'client', '--item', 'sku']
      : orderColumns;
    const { stderr, code } = await kindred(['evaluate', 'orders.csv', ...columns, ...options], { cwd });
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});
