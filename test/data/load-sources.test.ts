import { expect, it } from 'vitest';
import { loadSources, sourceSchema } from '../../src/data/index.js';
import { complaint, workshop } from './workshop.js';

const shop = workshop();

const load = (sources: Record<string, object>) =>
  loadSources(
    shop.db,
    Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, sourceSchema.parse(source)])),
    shop.folder,
  );

it('opens, cleans and joins several sources by id, whatever the type of the ids', async () => {
  shop.file('people.csv', 'id,Country\n1,FR\nx2,DE\n,IT\n');
  shop.file('sales.csv', 'customer,item,quantity,price\n1,7,1,2\n1,8,-1,2\n,9,1,5\n');
  const { summaries, quality } = await load({
    customers: { path: 'people.csv', columns: { customer: 'id' } },
    transactions: { path: 'sales.csv', clean: [{ filter: { keep: 'quantity > 0', because: 'returned' } }] },
  });
  expect(summaries.map(({ name, rows, bytes }) => [name, rows, bytes > 0])).toEqual([
    ['customers', 3, true],
    ['transactions', 3, true],
  ]);
  expect(
    quality.map(({ source, rule, rowsIn, rowsDropped, reason }) => [
      source,
      rule,
      rowsIn,
      rowsDropped,
      reason,
    ]),
  ).toEqual([
    ['customers', 'ids', 3, 1, 'no customer id; left out'],
    ['transactions', 'filter', 3, 1, 'returned'],
    ['transactions', 'ids', 2, 0, 'rows without customer id (1) count for no customer'],
  ]);
  const joined = 'SELECT Country, item FROM customers JOIN transactions USING (customer)';
  expect(await shop.db.rows(joined)).toEqual([{ Country: 'FR', item: 7 }]);
});

it('refuses customers that are there twice, unless they are cleaned away', async () => {
  shop.file('people.csv', 'id,n\n1,1\n2,2\n2,3\n3,4\n3,4\n3,5\n');
  const source = { path: 'people.csv', columns: { customer: 'id' } };
  const { text, code } = await complaint(() => load({ customers: source }));
  expect(text).toMatch(
    /people\.csv, column "id": expected one row for each customer, found "3" 3 times and 1 more id repeated/,
  );
  expect(code).toBe(3);
  const { quality } = await load({ customers: { ...source, clean: [{ dropDuplicates: ['customer'] }] } });
  expect(quality).toMatchObject([{ rule: 'dropDuplicates', rowsIn: 6, rowsDropped: 3 }]);
});
