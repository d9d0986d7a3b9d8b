import { expect, it } from 'vitest';
import { textVector } from '../../../src/data/arrow-columns.js';
import { ItemFacts } from '../../../src/nightly/recommend/item-facts.js';
import { workshop } from '../../data/workshop.js';

const shop = workshop();

it('counts the different customers of an item, and what was sold to nobody known', async () => {
  const rows = ['a,x,2', 'a,x,1', 'b,x,1', ',x,4', ',y,3', 'b,,1'];
  await shop.table('transactions', ['customer,item,quantity', ...rows]);
  const facts = await ItemFacts.open(shop.db, textVector(['x', 'y', 'z']));
  const numbers = async (sql: string) => [...(await facts.numbers(sql, 'boosts'))];
  expect(await numbers('customers')).toEqual([2, 0, Number.NaN]);
  expect(await numbers('sold')).toEqual([8, 3, Number.NaN]);
  await facts.close();
  expect(await shop.db.rows("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'kindred'")).toEqual(
    [],
  );
});
