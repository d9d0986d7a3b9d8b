import { describe, expect, it } from 'vitest';
import { recommendationsOf, Trending } from '../../src/recommend/index.js';
import { csr } from './matrices.js';

const day = 86_400;
const sales = {
  items: 4,
  // Item 0 sold to three long ago, item 1 to two now; the same customer buys item 2 every day; nobody buys item 3.
  customer: Int32Array.of(0, 1, 2, 3, 4, 5, 5, 5),
  item: Int32Array.of(0, 0, 0, 1, 1, 2, 2, 2),
  time: Float64Array.of(0, 0, 0, 20, 20, 18, 19, 20).map(time => time * day),
};

describe('Trending', () => {
  it('puts first what sells now, each customer counted once', async () => {
    const model = await new Trending({ halfLife: 10 }).fit(sales);
    const found = await model.recommend(csr(4, [{}, { 1: 1 }]), { count: 4 });
    expect(recommendationsOf(found, 0)).toEqual([
      { rank: 1, item: 1, score: 1, reason: 'trending' },
      { rank: 2, item: 2, score: 0.5, reason: 'trending' },
      { rank: 3, item: 0, score: 0.375, reason: 'trending' },
    ]);
    expect(recommendationsOf(found, 1).map(({ item }) => item)).toEqual([2, 0]);
    const some = await model.recommend(csr(4, [{}]), { count: 4, candidates: Uint8Array.of(1, 0, 0, 1) });
    expect(recommendationsOf(some, 0).map(({ item }) => item)).toEqual([0]);
  });

  it('is the same for sales in any order', async () => {
    const turned = {
      items: sales.items,
      customer: sales.customer.slice().reverse(),
      item: sales.item.slice().reverse(),
      time: sales.time.slice().reverse(),
    };
    const options = { count: 4 };
    const found = await (await new Trending().fit(turned)).recommend(csr(4, [{}]), options);
    const asSold = await (await new Trending().fit(sales)).recommend(csr(4, [{}]), options);
    expect(recommendationsOf(found, 0)).toEqual(recommendationsOf(asSold, 0));
  });

  it('is the same for the last sales alone, in batches', async () => {
    const lastSales = async function* () {
      yield { item: Int32Array.of(0, 0, 0, 2), time: Float64Array.of(0, 0, 0, 20 * day) };
      yield { item: Int32Array.of(1, 1), time: Float64Array.of(20 * day, 20 * day) };
    };
    const last = await new Trending().fitLast({ items: 4, now: 20 * day, batches: lastSales() });
    const all = await new Trending().fit(sales);
    const options = { count: 4 };
    expect(await last.recommend(csr(4, [{}]), options)).toEqual(await all.recommend(csr(4, [{}]), options));
  });

  it('comes near to popularity with a long half-life, and needs times', async () => {
    const model = await new Trending({ halfLife: 1e6 }).fit(sales);
    const found = await model.recommend(csr(4, [{}]), { count: 1 });
    expect(found.items[0]).toBe(0);
    await expect(new Trending().fit({ ...sales, time: undefined })).rejects.toThrow(
      'expected times of transactions for the recommender trending, found none',
    );
    expect(() => new Trending({ halfLife: 0 })).toThrow('a half-life above 0');
    await expect(new Trending().recommend(csr(4, [{}]))).rejects.toThrow('a fitted model');
  });
});
