import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  Database,
  type Feature,
  FeatureEncoder,
  type FeatureMatrix,
  featureSchema,
  idText,
  openSource,
  sourceSchema,
} from '../../src/data/index.js';
import { complaint, workshop } from './workshop.js';

const shop = workshop();

const declare = (...features: unknown[]): Feature[] => features.map(feature => featureSchema.parse(feature));

const ids = (matrix: FeatureMatrix) =>
  Array.from({ length: matrix.rows }, (_, row) => idText(matrix.ids, row));

const fit = (features: unknown[], context: object = { scale: 'none' }) =>
  FeatureEncoder.fitTransform(shop.db, declare(...features), context);

const transactions = [
  'customer,basket,time,quantity,price,kind',
  'b,1,2020-01-01 09:00,1,10,x',
  'b,1,2020-01-01 09:00,2,5,y',
  'b,2,2020-01-09 10:00,1,1,x',
  'a,3,2020-01-05 12:00,4,2.5,z',
  ',4,2020-01-06 12:00,1,99,z',
];

describe('features of transactions', () => {
  beforeEach(async () => {
    await shop.table('transactions', transactions);
  });

  it('gives recency, frequency and monetary value by customer, sorted by id', async () => {
    const { encoder, matrix } = await fit(['recency', 'frequency', 'monetary']);
    expect(encoder.snapshot).toBe('2020-01-10 10:00:00');
    expect(matrix).toMatchObject({ names: ['recency', 'frequency', 'monetary'], rows: 2, columns: 3 });
    expect(ids(matrix)).toEqual(['a', 'b']);
    expect(matrix.raw.map(column => [...column])).toEqual([
      [4, 1],
      [1, 2],
      [10, 21],
    ]);
    expect([...matrix.values]).toEqual([4, 1, 1, 2, 10, 21]);
  });

  it('counts recency from the snapshot that is given', async () => {
    const { matrix } = await fit(['recency'], { scale: 'none', snapshot: '2020-01-10 09:59' });
    expect([...matrix.raw[0]]).toEqual([4, 0]);
    const said = await complaint(() => fit(['recency'], { snapshot: '2020-01-05' }));
    expect(said).toMatchObject({
      code: 2,
      text: expect.stringMatching(/a snapshot after the last transaction/),
    });
    expect((await complaint(() => fit(['recency'], { snapshot: 'today' }))).text).toMatch(
      /such as 2011-12-10 12:50/,
    );
  });

  it('takes any aggregate in SQL, and categories', async () => {
    const { matrix } = await fit([
      { name: 'lines', sql: 'count(*)' },
      { name: 'mean price', sql: 'avg(price) -- of a line' },
      { name: 'big', sql: 'bool_or(quantity > 3)' },
      { name: 'kind', sql: 'mode(kind)', encode: 'one-hot' },
    ]);
    expect(matrix.names).toEqual(['lines', 'mean price', 'big', 'kind=x', 'kind=z']);
    expect(matrix.raw.map(column => [...column])).toEqual([
      [1, 3],
      [2.5, 16 / 3],
      [1, 0],
      [0, 1],
      [1, 0],
    ]);
  });

  it('scales features one by one or all alike', async () => {
    const { matrix } = await fit(['frequency', { name: 'monetary', scale: ['log1p', 'minmax'] }], {
      scale: 'standard',
    });
    expect([...matrix.values]).toEqual([-1, 1, 0, 1]);
    expect([...matrix.raw[1]]).toEqual([10, 21]);
  });

  it('explains what is wrong with a feature', async () => {
    const cases: [unknown[], RegExp][] = [
      [
        [{ name: 'x', sql: 'sum(prise)' }],
        /features\.x\.sql: expected a column "prise".*Did you mean "price"/,
      ],
      [[{ name: 'x', sql: 'sum(price' }], /features\.x\.sql.*expected SQL that DuckDB can run/],
      [
        [{ name: 'x', sql: 'max(kind)' }],
        /expected an aggregate that gives a number, found one that gives VARCHAR/,
      ],
      [[{ name: 'x', column: 'Age' }], /expected a source "customers".*found the sources transactions/],
      [['recency', 'recency'], /expected features of different names, found "recency" twice/],
      [[{ name: 'x', sql: 'log(0)' }], /features.*SQL/],
      [
        [{ name: 'x', sql: 'sum(price) / 0' }],
        /expected finite numbers for the feature x, found -?Infinity for customer a/,
      ],
      [
        [{ name: 'x', sql: 'count(*) - 1', scale: 'log' }],
        /column "x": expected numbers above 0.*found 0 for customer a\. Scale it with log1p/,
      ],
      [
        [{ name: 'kind', sql: 'max(kind)', encode: 'one-hot', maxCategories: 1 }],
        /at most 1 categories.*found 2/,
      ],
      [
        [{ name: 'one', sql: '1' }],
        /column "one": expected numbers that differ, to be scaled by standard, found 1 for every customer/,
      ],
      [[], /expected at least one feature/],
    ];
    for (const [features, text] of cases)
      expect((await complaint(() => fit(features, {}))).text).toMatch(text);
  });

  it('names the role that a feature lacks', async () => {
    await shop.table('transactions', ['customer,n', '1,2']);
    expect((await complaint(() => fit(['monetary']))).text).toMatch(
      /a column of the role "amount".*columns: { amount: … }/,
    );
    expect((await complaint(() => fit(['recency']))).text).toMatch(
      /expected transactions with a column of times/,
    );
  });

  it.each([
    ['nan', 'price'],
    ['inf', 'quantity'],
    ['1e300', 'price'],
    ['-1e18', 'quantity'],
  ])('finds the line of %s', async (value, column) => {
    const row = column === 'price' ? `c,5,2020-01-01,1,${value},x` : `c,5,2020-01-01,${value},1,x`;
    await shop.table('transactions', [...transactions, row]);
    const { text, code } = await complaint(() => fit(['monetary']));
    expect(text).toMatch(
      new RegExp(
        `transactions\\.csv, line 7, column "${column}": expected a (finite number|number below 1e18), found "${value}"`,
      ),
    );
    expect(code).toBe(3);
  });
});

describe('features of a customers table', () => {
  beforeEach(async () => {
    await shop.table('transactions', transactions);
    await shop.table(
      'customers',
      ['id,Age,Country,Joined', 'b,30,FR,2020-01-01', 'a,50,,2020-01-01', 'c,,DE,2020-01-02'],
      {
        columns: { customer: 'id' },
      },
    );
  });

  it('has a row for every customer, with stated values where there is none', async () => {
    const { encoder, matrix } = await fit([
      'recency',
      'monetary',
      { name: 'age', column: 'age', missing: 'mean' },
      { name: 'country', column: 'Country', encode: 'one-hot', missing: 'unknown' },
    ]);
    expect(ids(matrix)).toEqual(['a', 'b', 'c']);
    expect(matrix.names).toEqual([
      'recency',
      'monetary',
      'age',
      'country=DE',
      'country=FR',
      'country=unknown',
    ]);
    expect(matrix.raw.map(column => [...column])).toEqual([
      [4, 1, 9],
      [10, 21, 0],
      [50, 30, 40],
      [0, 0, 1],
      [0, 1, 0],
      [1, 0, 0],
    ]);
    expect(encoder.quality.map(({ column, rowsChanged }) => [column, rowsChanged])).toEqual([
      ['recency', 1],
      ['monetary', 1],
      ['age', 1],
      ['country', 1],
    ]);
  });

  it('asks what to take for a missing value of a column', async () => {
    expect((await complaint(() => fit([{ name: 'age', column: 'Age' }]))).text).toMatch(
      /customers, column "Age": expected a value of the feature age for every customer, found none for c\. Declare what to take: `missing: median`/,
    );
  });

  it('refuses text and times as numbers', async () => {
    expect((await complaint(() => fit([{ name: 'x', column: 'Country', missing: 0 }]))).text).toMatch(
      /customers\.csv, line 2, column "Country": expected a number, found the text "FR"\. Encode it with `encode: one-hot`/,
    );
    expect((await complaint(() => fit([{ name: 'x', column: 'Joined' }]))).text).toMatch(
      /column "Joined": expected a number.*date_diff/,
    );
    expect((await complaint(() => fit([{ name: 'x', column: 'Contry' }]))).text).toMatch(
      /Did you mean "Country"/,
    );
  });

  it('refuses a source with two rows of one customer', async () => {
    await shop.table('extra', ['customer,x', 'a,1', 'a,2']);
    expect((await complaint(() => fit([{ name: 'x', source: 'extra', column: 'x' }]))).text).toMatch(
      /extra\.csv, column "customer": expected one row for each customer, found "a" 2 times/,
    );
  });

  it('encodes new customers as it encoded those it was fitted on', async () => {
    const features = [
      { name: 'monetary', scale: ['log1p', 'standard'] },
      { name: 'age', column: 'Age', missing: 'median', scale: 'robust' },
      { name: 'country', column: 'Country', encode: 'one-hot', missing: 'mode' },
    ];
    const { encoder, matrix } = await fit(features);
    const saved = FeatureEncoder.fromJSON(JSON.parse(JSON.stringify(encoder)));
    const again = await saved.transform(shop.db);
    expect(ids(again)).toEqual(ids(matrix));
    expect({ ...again, ids: null }).toEqual({ ...matrix, ids: null });

    await shop.table('customers', ['customer,Age,Country', 'a,50,IT', 'z,,FR']);
    const other = await saved.transform(shop.db);
    expect(other.names).toEqual(matrix.names);
    expect([other.values[0], other.values[2]]).toEqual([matrix.values[0], matrix.values[3]]);
    // Italy was not there at the fit: no country is hot.
    expect(other.raw.slice(1).map(column => [...column])).toEqual([
      [50, 40],
      [0, 0],
      [0, 1],
    ]);
  });

  it('reports customers that are not in the customers table, and stops where none is', async () => {
    await shop.table('customers', ['customer,Age', 'a,50']);
    const { encoder, matrix } = await fit(['monetary']);
    expect(ids(matrix)).toEqual(['a']);
    expect(encoder.quality).toMatchObject([
      {
        source: 'transactions',
        rule: 'ids',
        rowsIn: 4,
        rowsDropped: 3,
        reason: expect.stringMatching(/^1 customer is not/),
      },
    ]);
    await shop.table('customers', ['customer,Age', 'A,50']);
    expect((await complaint(() => fit(['monetary']))).text).toMatch(
      /transactions, column "customer": expected ids that are in the customers table, found none of 2 \("b" here, "A" there\)/,
    );
  });

  it('refuses what is not a saved encoder', async () => {
    expect((await complaint(async () => FeatureEncoder.fromJSON({ version: 2 }))).text).toMatch(
      /expected a saved feature encoder/,
    );
  });
});

it('gives the same matrix in batches of any size', async () => {
  const lines = Array.from(
    { length: 5000 },
    (_, row) => `c${(row * 7919) % 5000},${row % 97},${'xyz'[row % 3]}`,
  );
  await shop.table('customers', ['customer,n,kind', ...lines]);
  const { encoder, matrix } = await fit(
    [
      { name: 'n', column: 'n' },
      { name: 'kind', column: 'kind', encode: 'one-hot' },
    ],
    {},
  );
  expect(ids(matrix)).toEqual([...ids(matrix)].sort());
  for (const size of [1000, 2048, 4999, 10_000]) {
    const batches: FeatureMatrix[] = [];
    for await (const batch of encoder.transformBatches(shop.db, { rows: size })) batches.push(batch);
    expect(batches.map(({ rows }) => rows).reduce((sum, rows) => sum + rows)).toBe(5000);
    expect(Math.max(...batches.map(({ rows }) => rows))).toBeLessThanOrEqual(size);
    expect(batches.flatMap(ids)).toEqual(ids(matrix));
    for (let column = 0; column < matrix.columns; column++) {
      const joined = batches.flatMap(({ values, rows }) => [
        ...values.subarray(column * rows, (column + 1) * rows),
      ]);
      expect(joined).toEqual([...matrix.values.subarray(column * 5000, (column + 1) * 5000)]);
    }
  }
  expect(await shop.db.rows("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'kindred'")).toEqual(
    [],
  );
});

it('gives the same matrix where the raw features are larger than the memory', async () => {
  const file = join(shop.folder, 'lines.parquet');
  await shop.db.run(
    `COPY (SELECT (i * 7919) % 100000 AS client, i % 1000 AS x FROM range(130000) AS t(i)) TO '${file}'`,
  );
  const features = Array.from({ length: 24 }, (_, f) => ({
    name: `f${f}`,
    sql: `max((x * ${f + 3}) % 101)`,
  }));
  const encoded = async (memory: string) => {
    const db = await Database.open({ memory, threads: 1 });
    try {
      const source = sourceSchema.parse({ path: file, columns: { customer: 'client' } });
      await openSource(db, 'transactions', source, shop.folder);
      const { matrix } = await FeatureEncoder.fitTransform(db, features);
      return { ids: matrix.ids.toArray(), values: matrix.values, left: readdirSync(db.scratchFolder()) };
    } finally {
      await db.close();
    }
  };
  const [small, large] = [await encoded('72MB'), await encoded('1GB')];
  expect(small).toEqual(large);
  expect(small.left).toEqual([]);
});
