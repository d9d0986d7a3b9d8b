import { describe, expect, it } from 'vitest';
import {
  FeatureEncoder,
  featureSchema,
  idText,
  loadSources,
  readInteractions,
  readRfm,
  sourceSchema,
} from '../../src/data/index.js';
import { dataset } from '../datasets.js';
import { workshop } from './workshop.js';

const shop = workshop();

const load = (name: string, source: object) =>
  loadSources(shop.db, { [name]: sourceSchema.parse(source) }, '/');

const retail = dataset('online-retail/OnlineRetail.csv.gz');

describe.skipIf(!retail)('Online Retail', () => {
  const source = {
    path: retail,
    encoding: 'latin-1',
    columns: {
      customer: 'CustomerID',
      basket: 'InvoiceNo',
      item: 'StockCode',
      time: 'InvoiceDate',
      quantity: 'Quantity',
      price: 'UnitPrice',
    },
  };
  const cleaned = {
    ...source,
    types: { InvoiceDate: 'timestamp %m/%d/%Y %H:%M' },
    clean: [
      { missing: { column: 'customer', action: 'drop' } },
      { filter: { keep: "basket NOT LIKE 'C%'", because: 'cancelled' } },
      { filter: { keep: 'quantity > 0 AND price > 0', because: 'no sale' } },
    ],
  };

  it('is read whole, with the formats found by themselves', async () => {
    await load('transactions', { ...source, clean: [{ dropDuplicates: true }] });
    const facts = `SELECT count(*) AS rows, count(DISTINCT customer) AS customers, count(DISTINCT basket) AS baskets,
      count(DISTINCT item) AS items, count(DISTINCT Country) AS countries, count(DISTINCT CAST(time AS DATE)) AS days,
      count(*) FILTER (contains(Description, '£')) AS pounds FROM transactions`;
    expect(await shop.db.row(facts)).toEqual({
      rows: 541_909 - 5_268,
      customers: 4372,
      baskets: 25_900,
      items: 4070,
      countries: 38,
      days: 305,
      pounds: 32,
    });
  });

  it('gives the known facts after the usual clean-up', async () => {
    const { quality } = await load('transactions', cleaned);
    expect(quality.map(({ rowsIn, rowsDropped, reason }) => [rowsIn, rowsDropped, reason])).toEqual([
      [541_909, 135_080, 'customer is missing'],
      [406_829, 8905, 'cancelled'],
      [397_924, 40, 'no sale'],
    ]);
    const { revenue } = await shop.db.row<{ revenue: number }>(
      'SELECT CAST(sum(CAST(amount AS DECIMAL(38, 10))) AS DOUBLE) AS revenue FROM transactions',
    );
    expect(revenue).toBe(8_911_407.904);

    const { ids, recency, frequency, monetary } = await readRfm(shop.db, { snapshot: '2011-12-10 12:50' });
    expect(ids.length).toBe(4338);
    const row = new Map(Array.from({ length: ids.length }, (_, index) => [idText(ids, index), index]));
    const rfm = (id: string) => [recency, frequency, monetary].map(column => column[row.get(id)!]);
    expect(rfm('12346')).toEqual([326, 1, 77_183.6]);
    expect(rfm('12347')).toEqual([2, 7, 4310]);
    expect(rfm('12348')).toEqual([75, 4, 1797.24]);
    expect(rfm('12349')).toEqual([19, 1, 1757.55]);
    expect(rfm('12350')).toEqual([310, 1, 334.4]);
    expect(rfm('12748')).toEqual([1, 209, 33_719.73]);
    expect(rfm('14646')).toEqual([2, 73, 280_206.02]);
    expect(rfm('14911')).toEqual([1, 201, 143_825.06]);
    expect(rfm('17841')).toEqual([2, 124, 40_991.57]);
    expect(rfm('18102')).toEqual([1, 60, 259_657.3]);
    expect(rfm('18287')).toEqual([43, 3, 1837.28]);

    const { matrix } = await readInteractions(shop.db);
    expect([matrix.rows, matrix.columns, matrix.indices.length]).toEqual([4338, 3665, 266_792]);
  });

  it('gives the same bits whatever the number of threads', async () => {
    await load('transactions', cleaned);
    const features = ['monetary', { name: 'price', sql: 'avg(price)' }].map(feature =>
      featureSchema.parse(feature),
    );
    const prints: string[] = [];
    for (const threads of [1, 2, 4, 2]) {
      await shop.db.run(`SET threads = ${threads}`);
      const { matrix } = await FeatureEncoder.fitTransform(shop.db, features, {
        scale: ['log1p', 'standard'],
      });
      prints.push(Buffer.concat(matrix.raw.map(column => Buffer.from(column.buffer))).toString('base64'));
    }
    expect(new Set(prints).size).toBe(1);
  });
});

const cdnow = dataset('cdnow/CDNOW_master.txt');

it.skipIf(!cdnow)('CDNOW: aligned by blanks, ids with leading zeros', async () => {
  await load('transactions', {
    path: cdnow,
    delimiter: 'whitespace',
    columns: { customer: 'customer_id', time: 'date', quantity: 'number_of_cds', amount: 'dollar_value' },
  });
  const facts = `SELECT count(*) AS rows, count(DISTINCT customer) AS customers, sum(quantity) AS cds,
    CAST(sum(CAST(amount AS DECIMAL(18, 2))) AS DOUBLE) AS dollars, min(customer) AS first,
    strftime(min(time), '%Y-%m-%d') AS since, strftime(max(time), '%Y-%m-%d') AS until FROM transactions`;
  expect(await shop.db.row(facts)).toEqual({
    rows: 69_659,
    customers: 23_570,
    cds: 167_881,
    dollars: 2_500_315.63,
    first: '00001',
    since: '1997-01-01',
    until: '1998-06-30',
  });
});

const movies = [dataset('movielens-100k/u.data'), dataset('movielens-100k/u.item')];

it.skipIf(!movies[0] || !movies[1])('MovieLens: no header, tabs, pipes, latin-1', async () => {
  await load('feedback', { path: movies[0], format: 'csv', names: ['customer', 'item', 'rating', 'time'] });
  await load('items', {
    path: movies[1],
    format: 'csv',
    encoding: 'latin-1',
    header: false,
    columns: { item: 'column1', name: 'column2' },
  });
  const { matrix, items } = await readInteractions(shop.db, { source: 'feedback', weight: 'rating' });
  expect([matrix.rows, matrix.columns, matrix.indices.length]).toEqual([943, 1682, 100_000]);
  expect(idText(items, 49)).toBe('50');
  const ratings = [1, 2, 3, 4, 5].map(rating => matrix.values.filter(value => value === rating).length);
  expect(ratings).toEqual([6110, 11_370, 27_145, 34_174, 21_201]);
  const names = "SELECT name FROM items WHERE item IN (50, 267) OR contains(name, 'é') ORDER BY item LIMIT 2";
  expect((await shop.db.rows(names))[0]).toEqual({ name: 'Star Wars (1977)' });
});

const mall = dataset('mall-customers/Mall_Customers.csv');

it.skipIf(!mall)('Mall customers: names with blanks, brackets and a dollar', async () => {
  await load('customers', { path: mall, columns: { customer: 'CustomerID' } });
  const features = [
    { name: 'age', column: 'Age' },
    { name: 'income', column: 'Annual Income (k$)' },
    { name: 'score', column: 'Spending Score (1-100)' },
    { name: 'gender', column: 'Gender', encode: 'one-hot' as const },
  ];
  const { matrix } = await FeatureEncoder.fitTransform(shop.db, features, { scale: 'none' });
  expect(matrix.names).toEqual(['age', 'income', 'score', 'gender=Female', 'gender=Male']);
  expect(Array.from({ length: 3 }, (_, row) => idText(matrix.ids, row))).toEqual(['1', '2', '3']);
  const sums = matrix.raw.map(column => column.reduce((sum, value) => sum + value, 0));
  expect(sums).toEqual([7770, 12_112, 10_040, 112, 88]);
});

const telco = dataset('telco-churn/WA_Fn-UseC_-Telco-Customer-Churn.csv');

it.skipIf(!telco)('Telco: blanks in a column of numbers', async () => {
  const { quality } = await load('customers', {
    path: telco,
    columns: { customer: 'customerID' },
    clean: [
      { types: { column: 'TotalCharges', type: 'number', invalid: 'missing' } },
      { missing: { column: 'TotalCharges', action: 'constant', value: 0 }, because: 'joined this month' },
    ],
  });
  expect(quality.map(({ rowsChanged, reason }) => [rowsChanged, reason])).toEqual([
    [11, 'TotalCharges is not number; taken as missing'],
    [11, 'joined this month'],
  ]);
  const sum = 'SELECT CAST(sum(CAST(TotalCharges AS DECIMAL(18, 2))) AS DOUBLE) AS sum FROM customers';
  expect(await shop.db.row(sum)).toEqual({ sum: 16_056_168.7 });
});
