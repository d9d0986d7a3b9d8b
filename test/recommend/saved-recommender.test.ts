import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  Als,
  AttributeNeighbours,
  Blend,
  Chain,
  Content,
  ItemNeighbours,
  loadRecommender,
  Popularity,
  type Recommender,
  Ruled,
  SegmentFavourites,
  saveRecommender,
  Trending,
  UserNeighbours,
} from '../../src/recommend/index.js';
import { onDevice } from '../devices.js';
import { randomCsr } from './matrices.js';

const customers = 30;
const purchases = randomCsr(customers, 12, 5, 3);
const everybody = Int32Array.from({ length: customers }, (_, c) => c);
const ids = Array.from({ length: 12 }, (_, item) => `s${item}`);
const halves = everybody.map(c => c % 2);

function folderForTest(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kindred-recommender-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const texts = { name: ids.map((_, item) => `thing ${item % 4} of colour ${item % 3}`) };
const sales = {
  items: 12,
  customer: everybody,
  item: everybody.map(c => c % 7),
  time: Float64Array.from(everybody, c => 86_400 * c),
};
const attributes = {
  features: 2,
  customers,
  values: Float32Array.from({ length: 60 }, (_, i) => (i * 7) % 11),
};

const makers: Record<string, () => Promise<Recommender>> = {
  als: () => new Als({ factors: 4 }).fit(purchases),
  item: () => new ItemNeighbours({ neighbours: 5, weighting: 'bm25' }).fit(purchases, { items: ids }),
  customer: () => new UserNeighbours({ neighbours: 5, weighting: 'tf-idf' }).fit(purchases),
  content: () => new Content().fit({ texts }),
  segment: () => new SegmentFavourites({ prior: 2 }).fit(purchases, halves),
  'popular-in-a/b': () => new SegmentFavourites({ reason: 'group', firstNumber: 2 }).fit(purchases, halves),
  attributes: () => new AttributeNeighbours({ neighbours: 4 }).fit(purchases, attributes),
  trending: () => new Trending({ halfLife: 3 }).fit(sales),
  popular: async () => Popularity.of(purchases),
};

async function chainOfAll(): Promise<Chain> {
  const links = [];
  for (const [name, make] of Object.entries(makers)) links.push({ name, recommender: await make() });
  const blend = new Blend([{ ...links[0], weight: 2 }, { ...links[1], weight: 0.5 }, links[7]], {
    softening: 10,
  });
  return new Chain([{ name: 'blend', recommender: blend }, ...links.slice(2)]);
}

/** What a recommender gives; of loaded attributes the customers are told anew. */
async function given(recommender: Recommender) {
  const bound =
    recommender instanceof AttributeNeighbours ? recommender.forCustomers(attributes) : recommender;
  return bound.recommend(purchases, { count: 4, customers: everybody });
}

describe('saveRecommender', () => {
  onDevice('cpu');

  it.each(Object.keys(makers))('gives back %s as it was', async name => {
    const folder = folderForTest();
    const model = await makers[name]();
    await saveRecommender(folder, model, { name, items: ids });
    const loaded = await loadRecommender(folder, { name, items: ids });
    expect(await given(loaded)).toEqual(await given(model));
  });

  it('gives back a chain with a blend and its weights, each part saved once', async () => {
    const folder = folderForTest();
    const chain = await chainOfAll();
    const members = chain.links.filter(({ name }) => name !== 'attributes');
    const without = new Chain(members);
    await saveRecommender(folder, without, { name: 'chain', items: ids });
    const loaded = (await loadRecommender(folder, { name: 'chain', items: ids })) as Chain;
    expect(await given(loaded)).toEqual(await given(without));
    const blend = loaded.links[0].recommender as Blend;
    expect(blend.options).toEqual({ softening: 10 });
    expect(blend.voices.map(({ weight }) => weight)).toEqual([2, 0.5, undefined]);
    expect(
      readdirSync(folder)
        .filter(file => file.endsWith('.json'))
        .sort(),
    ).toEqual(
      [
        'als',
        'blend',
        'chain',
        'content',
        'customer',
        'item',
        'popular-in-a%2Fb',
        'popular',
        'segment',
        'trending',
      ]
        .map(stem => `${stem}.json`)
        .sort(),
    );
  });

  it('refuses a model of another catalogue, and names both', async () => {
    const folder = folderForTest();
    await saveRecommender(folder, await chainOfAll(), { name: 'chain', items: ids });
    const others = [...ids.slice(1), 'new', 'newer'];
    await expect(loadRecommender(folder, { name: 'chain', items: others })).rejects.toThrow(
      /chain\.json: expected a model of the catalogue [0-9a-f]{12} \(13 items\), found one of the catalogue [0-9a-f]{12} \(12 items\)/,
    );
    // The same items in another order are other numbers.
    await expect(loadRecommender(folder, { name: 'als', items: ids.toReversed() })).rejects.toThrow(
      'expected a model of the catalogue',
    );
    await saveRecommender(folder, Popularity.of(purchases), { name: 'popular' });
    await expect(Popularity.load(folder, { name: 'popular', items: ids })).rejects.toThrow(
      'found one that does not say of which catalogue it is',
    );
  });

  it('says what is wrong with the files', async () => {
    const folder = folderForTest();
    await saveRecommender(folder, await makers.als(), { name: 'als' });
    await expect(loadRecommender(folder, { name: 'item' })).rejects.toThrow('found no such file');
    await expect(ItemNeighbours.load(folder, { name: 'als' })).rejects.toThrow(
      'expected a saved item-neighbours model, found a als model',
    );
    truncateSync(join(folder, 'als.bin'), 8);
    await expect(loadRecommender(folder, { name: 'als' })).rejects.toThrow(/expected \d+ bytes, found 8/);
    writeFileSync(join(folder, 'als.json'), '{"kind":"something"}');
    await expect(loadRecommender(folder, { name: 'als' })).rejects.toThrow('expected a saved recommender');
    const ruled = new Ruled(Popularity.of(purchases), { deny: [1] });
    await expect(saveRecommender(folder, ruled, { name: 'ruled' })).rejects.toThrow(
      'expected a recommender that can be saved, found ruled',
    );
  });
});
