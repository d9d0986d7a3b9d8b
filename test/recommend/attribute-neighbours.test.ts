import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accuracy, interactionsOf } from '../../src/evaluate/index.js';
import { Random } from '../../src/random.js';
import { AttributeNeighbours, Popularity, recommendationsOf } from '../../src/recommend/index.js';
import { pickRows } from '../../src/recommend/sparse-rows.js';
import { onDevice, onEveryDevice } from '../devices.js';
import { csr, randomCsr } from './matrices.js';

onEveryDevice('AttributeNeighbours', () => {
  it('gives new customers what those of their kind have', async () => {
    const purchases = csr(4, [{ 0: 1, 1: 1 }, { 0: 1 }, { 2: 1 }, { 2: 1, 3: 1 }, {}, {}]);
    // Age, and whether from the north; the last two have bought nothing.
    const values = Float32Array.of(-1, -1.1, 1, 1.2, -0.9, 1.1, 0, 0, 1, 1, 0, 1);
    const model = await new AttributeNeighbours({ neighbours: 2 }).fit(purchases, {
      features: 2,
      customers: 6,
      values,
    });
    const asked = await model.recommend(csr(4, [{}, {}, {}]), {
      count: 2,
      customers: Int32Array.of(4, 5, -1),
    });
    expect(recommendationsOf(asked, 0)).toMatchObject([
      { item: 0, reason: 'attributes' },
      { item: 1, reason: 'attributes' },
    ]);
    expect(recommendationsOf(asked, 1).map(({ item }) => item)).toEqual([2, 3]);
    expect(recommendationsOf(asked, 2)).toEqual([]);
    const others = model.forCustomers({ features: 2, customers: 1, values: Float32Array.of(1, 1) });
    const found = await others.recommend(csr(4, [{ 2: 1 }]), { count: 2, customers: Int32Array.of(0) });
    expect(recommendationsOf(found, 0).map(({ item }) => item)).toEqual([3]);
  });
});

describe('AttributeNeighbours', () => {
  onDevice('cpu');

  it('has the scores of the definition', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 12 }), async (seed, neighbours) => {
        const random = new Random(seed);
        const purchases = randomCsr(25, 8, 4, seed);
        const values = Float32Array.from({ length: 75 }, () => Math.fround(random.normal(0, 1)));
        const attributes = { features: 3, customers: 25, values };
        const model = await new AttributeNeighbours({ neighbours }).fit(purchases, attributes);
        const found = await model.recommend(csr(8, [{}]), { count: 8, customers: Int32Array.of(4) });
        const buyers = Array.from({ length: 25 }, (_, c) => c).filter(
          c => purchases.indptr[c + 1] > purchases.indptr[c],
        );
        const distance = (c: number) =>
          Math.hypot(...[0, 25, 50].map(row => values[row + c] - values[row + 4]));
        const sums = new Float64Array(8);
        for (const c of buyers.sort((a, b) => distance(a) - distance(b)).slice(0, neighbours)) {
          for (let p = purchases.indptr[c]; p < purchases.indptr[c + 1]; p++) {
            sums[purchases.indices[p]] += purchases.values[p] / (1 + distance(c));
          }
        }
        const wanted = [...sums].sort((a, b) => b - a).filter(score => score > 0);
        const scores = recommendationsOf(found, 0).map(({ score }) => score);
        expect(scores.length).toBe(wanted.length);
        scores.forEach((score, rank) => {
          // Of the nearest, the customer's own distance of 0 is the square root of a rounding error.
          expect(Math.abs(score - wanted[rank])).toBeLessThan(5e-3 * wanted[rank]);
        });
      }),
      { numRuns: 30 },
    );
  });

  it('beats popularity for customers of whom nothing else is known', async () => {
    // Two kinds of customers with tastes of their own, told apart by noisy attributes.
    const random = new Random(7);
    const kind = Int32Array.from({ length: 400 }, () => random.integer(2));
    const events = { customers: 400, items: 40, customer: [] as number[], item: [] as number[] };
    kind.forEach((k, customer) => {
      for (let i = 0; i < 6; i++) {
        events.customer.push(customer);
        events.item.push(random.uniform() < 0.8 ? 20 * k + random.integer(20) : random.integer(40));
      }
    });
    const all = interactionsOf({
      ...events,
      customer: Int32Array.from(events.customer),
      item: Int32Array.from(events.item),
    });
    const values = Float32Array.from({ length: 800 }, (_, i) => random.normal(2 * kind[i % 400], 1));
    const isNew = (c: number) => c >= 300;
    const train = csr(
      40,
      Array.from({ length: 400 }, (_, c) =>
        isNew(c)
          ? {}
          : Object.fromEntries(
              [...all.indices.subarray(all.indptr[c], all.indptr[c + 1])].map(item => [item, 1]),
            ),
      ),
    );
    const customers = Int32Array.from({ length: 100 }, (_, i) => 300 + i);
    const heldOut = pickRows(all, customers);
    const nothing = pickRows(train, customers);
    const model = await new AttributeNeighbours().fit(train, { features: 2, customers: 400, values });
    const mean = (ndcg: Float64Array) => ndcg.reduce((sum, value) => sum + value, 0) / ndcg.length;
    const by = async (recommender: { recommend: AttributeNeighbours['recommend'] }) =>
      mean(accuracy(await recommender.recommend(nothing, { count: 10, customers }), heldOut, 10).ndcg);
    expect(await by(model)).toBeGreaterThan(1.3 * (await by(Popularity.of(train))));
  });

  it('refuses attributes of other customers or of another kind', async () => {
    const attributes = { features: 1, customers: 2, values: new Float32Array(2) };
    await expect(new AttributeNeighbours().fit(csr(2, [{}]), attributes)).rejects.toThrow(
      'the attributes of 1 customers, found 2',
    );
    const model = await new AttributeNeighbours().fit(csr(2, [{ 0: 1 }, {}]), attributes);
    expect(() => model.forCustomers({ ...attributes, features: 3 })).toThrow('the 1 attributes of the model');
    expect(() => new AttributeNeighbours({ neighbours: 0 })).toThrow('at least 1');
    const nobody = await new AttributeNeighbours().fit(csr(2, [{}, {}]), attributes);
    const found = await nobody.recommend(csr(2, [{}]), { customers: Int32Array.of(0) });
    expect(recommendationsOf(found, 0)).toEqual([]);
  });
});
