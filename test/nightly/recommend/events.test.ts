import { describe, expect, test } from 'vitest';
import { readInteractions } from '../../../src/data/index.js';
import { interactionsOf } from '../../../src/evaluate/ranking/events.js';
import { recommendationsSchema } from '../../../src/nightly/config/recommendations.js';
import { contentAttributes } from '../../../src/nightly/recommend/content-attributes.js';
import { readEvents } from '../../../src/nightly/recommend/events.js';
import { ItemFacts } from '../../../src/nightly/recommend/item-facts.js';
import { workshop } from '../../data/workshop.js';

const shop = workshop();

const rows = [
  'customer,item,time,quantity,price,rating',
  'a,tea,2024-01-01,2,3,5',
  'a,tea,2024-01-02,1,3,2',
  'a,cup,2024-01-02,4,2,4',
  'b,tea,2024-01-05,1,3,1',
];

describe('what recommenders are evaluated on', () => {
  test.each([
    'binary',
    'quantity',
    'amount',
    'rating',
    'log',
  ] as const)('has the weights of a night: %s', async weight => {
    await shop.table('transactions', rows);
    const night = await readInteractions(shop.db, { weight });
    const { events, combine, finish } = await readEvents(shop.db, night, weight);
    const { indices, values } = finish(interactionsOf(events, combine));
    expect(indices).toEqual(night.matrix.indices);
    expect([...values]).toEqual(Array.from(night.matrix.values, value => expect.closeTo(value, 6)));
  });
});

test('columns of items may have any name', async () => {
  await shop.table('transactions', rows);
  await shop.table('items', ['item,"the ""list"" price"', 'tea,3', 'cup,2']);
  const { items } = await readInteractions(shop.db);
  const facts = await ItemFacts.open(shop.db, items);
  const config = recommendationsSchema.parse({ content: { numbers: ['the "list" price'] } });
  const { numbers } = await contentAttributes(config, facts, ['cup', 'tea']);
  expect(numbers).toEqual({ 'the "list" price': Float64Array.of(2, 3) });
});
