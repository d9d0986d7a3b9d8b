import fc from 'fast-check';
import { expect, it } from 'vitest';
import { textVector } from '../../src/data/arrow-columns.js';
import { type Interactions, idText, readInteractions, readPurchases } from '../../src/data/index.js';
import { rowSlice } from '../../src/ops/index.js';
import { complaint, workshop } from './workshop.js';

const shop = workshop();

const lines = [
  'customer,item,quantity,price,rating',
  'b,y,2,1.5,4',
  'b,x,1,2,5',
  'b,y,3,1.5,2',
  'a,y,1,1,3',
  'c,z,2,1,1',
  'c,z,-2,1,1',
  ',z,1,1,1',
];

const texts = (ids: Interactions['items']) =>
  Array.from({ length: ids.length }, (_, row) => idText(ids, row));

/** The matrix as text, `customer item value`, in its order. */
function entries({ matrix, customers, items }: Interactions): string[] {
  const found: string[] = [];
  for (let row = 0; row < matrix.rows; row++)
    for (let entry = matrix.indptr[row]; entry < matrix.indptr[row + 1]; entry++)
      found.push(`${idText(customers, row)} ${idText(items, matrix.indices[entry])} ${matrix.values[entry]}`);
  return found;
}

it.each([
  ['binary', ['a y 1', 'b x 1', 'b y 1', 'c z 1']],
  ['quantity', ['a y 1', 'b x 1', 'b y 5']],
  ['amount', ['a y 1', 'b x 2', 'b y 7.5']],
  ['rating', ['a y 3', 'b x 5', 'b y 3', 'c z 1']],
  [
    'log',
    [`a y ${Math.fround(Math.log(2))}`, `b x ${Math.fround(Math.log(2))}`, `b y ${Math.fround(Math.log(6))}`],
  ],
] as const)('weighs by %s', async (weight, expected) => {
  await shop.table('transactions', lines);
  const found = await readInteractions(shop.db, { weight });
  expect(entries(found)).toEqual(expected);
  expect(found.quality.map(({ rowsDropped }) => rowsDropped)).toEqual(expected.length === 4 ? [] : [1]);
});

it('has an empty row for a customer without purchases', async () => {
  await shop.table('transactions', lines);
  await shop.table('customers', ['customer', 'a', 'b', 'd']);
  const found = await readInteractions(shop.db, { customers: 'all' });
  expect(texts(found.customers)).toEqual(['a', 'b', 'd']);
  expect([...found.matrix.indptr]).toEqual([0, 1, 3, 3]);
  expect(found.unknownPairs).toBe(1);
});

it('takes the items of a saved model, in their order', async () => {
  await shop.table('transactions', lines);
  const found = await readInteractions(shop.db, { items: textVector(['y', 'new', 'x']) });
  expect(entries(found)).toEqual(['a y 1', 'b y 1', 'b x 1']);
  expect(found.matrix.columns).toBe(3);
  expect(found.unknownPairs).toBe(1);
});

it('explains what is missing', async () => {
  await shop.table('transactions', ['customer,item,price', ',1,2']);
  const said = async (options?: object) => (await complaint(() => readInteractions(shop.db, options))).text;
  expect(await said()).toMatch(/expected pairs of customer and item, found none/);
  expect(await said({ weight: 'rating' })).toMatch(/a column of the role "rating"/);
  expect(await said({ source: 'feedback' })).toMatch(
    /feedback: expected a column of the role "customer", found no such source/,
  );
});

it('equals a count by hand, sorted by number where ids are numbers', async () => {
  const pair = fc.tuple(
    fc.integer({ min: 1, max: 30 }),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 5 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(pair, { minLength: 1, maxLength: 200 }), async rows => {
      await shop.table('transactions', ['customer,item,quantity', ...rows.map(row => row.join())]);
      const sums = new Map<string, number>();
      for (const [customer, item, quantity] of rows)
        sums.set(`${customer} ${item}`, (sums.get(`${customer} ${item}`) ?? 0) + quantity);
      const byNumber = [...sums].map(([key, sum]) => [...key.split(' ').map(Number), sum]);
      byNumber.sort(([a, b], [c, d]) => a - c || b - d);
      const found = await readInteractions(shop.db, { weight: 'quantity' });
      expect(entries(found)).toEqual(byNumber.map(row => row.join(' ')));
    }),
    { numRuns: 15 },
  );
});

it.each([
  ['numbers', 'i'],
  ['text', "'c' || lpad(i::VARCHAR, 6, '0')"],
])('gives what is left on disk batch by batch as what is held, with ids that are %s', async (_, id) => {
  const customers = 20_000;
  await shop.db.run(
    `CREATE TABLE transactions AS SELECT ${id} AS customer, 'p' || (i * (j + 3) % 50) AS item, j + 1 AS quantity
     FROM range(${customers}) AS a(i), range(3) AS b(j) WHERE i % 7 > 0`,
  );
  await shop.db.run(`CREATE TABLE customers AS SELECT ${id} AS customer FROM range(${customers}) AS a(i)`);
  const options = { customers: 'all', weight: 'quantity' } as const;
  const sizes: number[][] = [];
  const { held } = await readPurchases(shop.db, options, () => true);
  const spooled = await readPurchases(shop.db, options, (...size) => {
    sizes.push(size);
    return false;
  });
  const { matrix, customers: ids, items, ...about } = held!;
  expect(sizes).toEqual([[customers, matrix.indices.length]]);
  const { rows, pairs, unknownPairs, quality, held: nothing } = spooled;
  expect({ rows, pairs, unknownPairs, quality }).toEqual({
    ...{ rows: customers, pairs: matrix.indices.length },
    ...about,
  });
  expect(nothing).toBeUndefined();
  expect(texts(spooled.items)).toEqual(texts(items));
  const begun: number[] = [];
  for await (const batch of spooled.batches()) {
    const to = batch.from + batch.matrix.rows;
    expect(batch.matrix).toEqual(rowSlice(matrix, batch.from, to));
    expect(texts(batch.ids)).toEqual(texts(ids.slice(batch.from, to)));
    begun.push(batch.from);
  }
  expect(begun).toEqual([0, 16_384]);
  for await (const { from } of spooled.batches(16_384)) begun.push(from);
  expect(begun).toEqual([0, 16_384, 16_384]);
});
