import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { interactionsOf, ratingError } from '../../src/evaluate/ranking/index.js';
import { RatingNeighbours, type RatingNeighboursOptions } from '../../src/recommend/rating-neighbours.js';
import { dataset } from '../datasets.js';
import { csr } from './matrices.js';

function ratingsIn(path: string) {
  const rows = readFileSync(path, 'ascii')
    .trim()
    .split('\n')
    .map(line => line.split('\t').map(Number));
  const column = (c: number, less: number) => Int32Array.from(rows, row => row[c] - less);
  return {
    customers: 943,
    items: 1682,
    customer: column(0, 1),
    item: column(1, 1),
    value: Float32Array.from(rows, row => row[2]),
  };
}

const hasFolds = dataset('movielens-100k/u1.base') !== undefined;

describe.skipIf(!hasFolds)('RatingNeighbours on the official folds of MovieLens 100K', () => {
  const folds = [1, 2, 3, 4, 5].map(fold =>
    ['base', 'test'].map(part => dataset(`movielens-100k/u${fold}.${part}`)!),
  );

  async function meanError(options: RatingNeighboursOptions, someFolds = folds) {
    let [rmse, mae] = [0, 0];
    for (const [base, test] of someFolds) {
      const model = await new RatingNeighbours(options).fit(interactionsOf(ratingsIn(base), 'last'));
      const { customer: customers, item: items, value } = ratingsIn(test);
      const error = ratingError(await model.predict({ customers, items }), value);
      rmse += error.rmse / someFolds.length;
      mae += error.mae / someFolds.length;
    }
    return { rmse, mae };
  }

  it.each([
    ['none', 0.98, 0.774],
    ['mean', 0.951, 0.749],
    ['baseline', 0.931, 0.733],
  ] as const)('comes within 1 %% of the published error with centring %s', async (centring, rmse, mae) => {
    const error = await meanError({ centring });
    expect(Math.abs(error.rmse / rmse - 1)).toBeLessThan(0.01);
    expect(Math.abs(error.mae / mae - 1)).toBeLessThan(0.01);
  });

  it('predicts from items as well, better than the means of items', async () => {
    const { rmse } = await meanError({ of: 'items', centring: 'baseline' }, folds.slice(0, 1));
    expect(rmse).toBeLessThan(0.97);
  });
});

describe('RatingNeighbours', () => {
  it('follows a neighbour who rates one star higher throughout', async () => {
    const ratings = csr(4, [
      { 0: 1, 1: 2, 2: 3 },
      { 0: 2, 1: 3, 2: 4, 3: 5 },
    ]);
    const model = await new RatingNeighbours({ scale: [1, 5] }).fit(ratings);
    // The other's 5 is 1.5 above their mean of 3.5; the first customer's mean is 2.
    const pairs = { customers: [0, 1], items: [3, 3] };
    expect([...(await model.predict(pairs))]).toEqual([3.5, 3.5]);
    const items = await new RatingNeighbours({ of: 'items', centring: 'none' }).fit(ratings);
    // Items 0, 1 and 2 have squared differences 9, 4 and 1 from item 3: weights 1/10, 1/5 and 1/2.
    const expected = (1 / 10 + 2 / 5 + 3 / 2) / (1 / 10 + 1 / 5 + 1 / 2);
    expect((await items.predict({ customers: [0], items: [3] }))[0]).toBeCloseTo(expected, 6);
  });

  it('falls back where no neighbour has a rating', async () => {
    const ratings = csr(3, [{ 0: 1, 1: 2 }, {}]);
    const pairs = { customers: [0, 1], items: [2, 2] };
    const predict = async (options: RatingNeighboursOptions) => [
      ...(await (await new RatingNeighbours(options).fit(ratings)).predict(pairs)),
    ];
    expect(await predict({ centring: 'none' })).toEqual([1.5, 1.5]);
    expect(await predict({ centring: 'mean' })).toEqual([1.5, 1.5]);
    expect((await predict({ centring: 'baseline' }))[1]).toBeCloseTo(1.5, 6);
  });

  it('refuses ratings outside the scale and pairs outside the fit', async () => {
    const ratings = csr(2, [{ 0: 6 }]);
    await expect(new RatingNeighbours({ scale: [1, 5] }).fit(ratings)).rejects.toThrow(
      'expected ratings of 1 … 5, found 6',
    );
    const model = await new RatingNeighbours().fit(ratings);
    await expect(model.predict({ customers: [1], items: [0] })).rejects.toThrow('one of 0 … 0, found 1');
    await expect(model.predict({ customers: [0], items: [] })).rejects.toThrow('found 0 and 1');
  });
});
