import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Csr } from '../../src/ops/index.js';
import { Blend, Chain } from '../../src/recommend/hybrid.js';
import { Popularity } from '../../src/recommend/popularity.js';
import {
  emptyRecommendations,
  type ReasonKind,
  reasonNumber,
  recommendationsOf,
} from '../../src/recommend/recommendations.js';
import type { Recommender } from '../../src/recommend/recommender.js';
import { Ruled, similarityIn } from '../../src/recommend/rules.js';
import { SegmentFavourites } from '../../src/recommend/segment-favourites.js';
import { csr, randomCsr } from './matrices.js';

/** Recommends these items, in this order, to everybody. */
function fixed(items: number[], reason: ReasonKind = 'neighbour'): Recommender {
  return {
    recommend: async (rows, { count = 10 } = {}) => {
      const found = emptyRecommendations(rows.rows, count);
      for (let customer = 0; customer < rows.rows; customer++) {
        items.slice(0, count).forEach((item, rank) => {
          found.items[customer * count + rank] = item;
          found.scores[customer * count + rank] = 1 / (1 + rank);
          found.reasons[customer * count + rank] = reasonNumber[reason];
        });
      }
      return found;
    },
  };
}

const nobody = csr(12, [{}]);

async function itemsOf(recommender: Recommender, rows: Csr = nobody, count = 4) {
  return recommendationsOf(await recommender.recommend(rows, { count }), 0).map(({ item }) => item);
}

describe('Chain', () => {
  it('fills what the links before left empty, each item once', async () => {
    const chain = new Chain([
      { name: 'one', recommender: fixed([3, 5], 'factors') },
      { name: 'two', recommender: fixed([5, 3, 7, 1, 0], 'content') },
    ]);
    const found = recommendationsOf(await chain.recommend(nobody, { count: 4 }), 0);
    expect(found.map(({ item, reason }) => [item, reason])).toEqual([
      [3, 'factors'],
      [5, 'factors'],
      [7, 'content'],
      [1, 'content'],
    ]);
    expect(found[2].score).toBeCloseTo(1 / 3, 6);
    expect(() => new Chain([])).toThrow('a chain of at least one recommender');
  });

  it('always fills all places that the catalogue can, when it ends with popularity', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.uniqueArray(fc.nat(11)),
        fc.integer({ min: 1, max: 14 }),
        async (seed, first, count) => {
          const rows = randomCsr(9, 12, 12, seed);
          const chain = new Chain([
            { name: 'first', recommender: fixed(first) },
            { name: 'popular', recommender: Popularity.of(rows) },
          ]);
          const found = await chain.recommend(rows, { count, excludeOwned: false });
          for (let customer = 0; customer < 9; customer++) {
            const items = recommendationsOf(found, customer).map(({ item }) => item);
            expect(new Set(items).size).toBe(Math.min(count, 12));
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('Blend', () => {
  it('puts first what its voices agree on, with the reason of the strongest', async () => {
    const voices = [
      { name: 'one', recommender: fixed([1, 2, 3], 'factors'), weight: 2 },
      { name: 'two', recommender: fixed([4, 3], 'content') },
    ];
    const blend = new Blend(voices, { softening: 3 });
    const found = recommendationsOf(await blend.recommend(nobody, { count: 4 }), 0);
    expect(found.map(({ item, reason }) => [item, reason])).toEqual([
      [3, 'factors'],
      [1, 'factors'],
      [2, 'factors'],
      [4, 'content'],
    ]);
    expect(found[0].score).toBeCloseTo(2 / 6 + 1 / 5, 6);
    expect(() => new Blend([{ name: 'one', recommender: fixed([]), weight: 0 }])).toThrow(
      'a weight of one above 0',
    );
  });
});

describe('SegmentFavourites', () => {
  const purchases = csr(4, [{ 0: 1, 1: 1 }, { 0: 1, 1: 1 }, { 0: 1, 2: 1 }, { 0: 1, 2: 1 }, { 3: 1 }]);

  it('has shares and lifts, and recommends by segment', async () => {
    const model = await new SegmentFavourites({ prior: 0 }).fit(purchases, Int32Array.of(0, 0, 1, 1, -1));
    expect(model.favourites(0)).toEqual([
      { item: 0, customers: 2, share: 1, lift: 1 / 0.8 },
      { item: 1, customers: 2, share: 1, lift: 2.5 },
    ]);
    expect(model.favourites(1, { by: 'lift', count: 1 })).toMatchObject([{ item: 2, lift: 2.5 }]);
    const rows = csr(4, [{ 0: 1 }, {}, {}]);
    const found = await model.recommend(rows, { customers: Int32Array.of(1, 2, 4), count: 2 });
    const lists = [0, 1, 2].map(row => recommendationsOf(found, row).map(({ item }) => item));
    expect(lists).toEqual([[1], [0, 2], []]);
    expect(recommendationsOf(found, 0)[0]).toMatchObject({ reason: 'segment', score: 1 });
    expect(() => model.favourites(2)).toThrow('a segment of 0 … 1');
  });

  it('draws small segments towards the whole shop', async () => {
    const model = await new SegmentFavourites({ prior: 8 }).fit(purchases, Int32Array.of(0, 0, 1, 1, -1));
    const [first, second] = model.favourites(0);
    expect(first).toMatchObject({ item: 0 });
    expect(first.share).toBeCloseTo((2 + 8 * 0.8) / 10, 12);
    expect(second.lift).toBeCloseTo((2 + 8 * 0.4) / 10 / 0.4, 12);
    await expect(model.fit(purchases, Int32Array.of(0))).rejects.toThrow('the segments of 5 customers');
  });
});

describe('Ruled', () => {
  const all = fixed([...Array(12).keys()]);

  it('shows nothing that is denied and only what is allowed, asking for more where that leaves places', async () => {
    expect(await itemsOf(new Ruled(all, { deny: [0, 2] }))).toEqual([1, 3, 4, 5]);
    expect(await itemsOf(new Ruled(all, { allow: [11, 3], deny: [5] }))).toEqual([3, 11]);
    const popular = Popularity.of(csr(100, [{}]));
    const last = new Ruled(popular, { allow: [98, 99] });
    expect(await itemsOf(last, csr(100, [{}]), 2)).toEqual([98, 99]);
  });

  it('caps categories', async () => {
    const of = Int32Array.from({ length: 12 }, (_, item) => (item < 6 ? 0 : item < 8 ? 1 : -1));
    expect(await itemsOf(new Ruled(all, { categories: { of, atMost: 1 } }))).toEqual([0, 6, 8, 9]);
  });

  it("keeps to the customer's prices", async () => {
    const price = Float32Array.from({ length: 12 }, (_, item) => item);
    price[7] = Number.NaN;
    const ruled = new Ruled(all, { priceRange: { price, lowest: 0.5, highest: 1.5 } });
    expect(await itemsOf(ruled, csr(12, [{ 3: 1, 5: 1 }]), 12)).toEqual([2, 3, 4, 5, 6, 7]);
    expect(await itemsOf(ruled, nobody, 12)).toHaveLength(12);
  });

  it('prefers what is new and what is boosted', async () => {
    const age = Float32Array.from({ length: 12 }, (_, item) => (item === 2 ? 0 : 40));
    expect((await itemsOf(new Ruled(all, { recency: { age, halfLife: 10 } })))[0]).toBe(2);
    const boost = new Float32Array(12).fill(1);
    boost[9] = 100;
    boost[0] = 0;
    expect(await itemsOf(new Ruled(all, { boost }))).toEqual([9, 1, 2, 3]);
  });

  it('spreads a list over unlike items', async () => {
    const similarity = (a: number, b: number) => (a % 2 === b % 2 ? 1 : 0);
    const diverse = new Ruled(all, { diversity: { lambda: 0.5, similarity } });
    expect((await itemsOf(diverse)).slice(0, 2)).toEqual([0, 1]);
    const other = new Ruled(fixed([0, 2, 4, 6, 1]), { diversity: { lambda: 0.5, similarity } });
    expect((await itemsOf(other)).slice(0, 2)).toEqual([0, 1]);
    const relevant = new Ruled(fixed([0, 2, 4, 6, 1]), { diversity: { lambda: 1, similarity } });
    expect(await itemsOf(relevant)).toEqual([0, 2, 4, 6]);
  });

  it('looks similarities up', () => {
    const similar = similarityIn(csr(4, [{ 1: 0.5, 3: 0.25 }, {}]));
    expect([similar(0, 1), similar(0, 3), similar(0, 2), similar(1, 0)]).toEqual([0.5, 0.25, 0, 0]);
  });

  it('refuses rules that make no sense', async () => {
    expect(() => new Ruled(all, { categories: { of: new Int32Array(12), atMost: 0 } })).toThrow(
      'the cap of a category to be a whole number of at least 1',
    );
    expect(() => new Ruled(all, { recency: { age: [], halfLife: 0 } })).toThrow('a half-life above 0');
    expect(() => new Ruled(all, { diversity: { lambda: 2, similarity: () => 0 } })).toThrow(
      'lambda of 0 … 1',
    );
    await expect(new Ruled(all, { boost: [1] }).recommend(nobody)).rejects.toThrow('12 entries of boost');
  });
});
