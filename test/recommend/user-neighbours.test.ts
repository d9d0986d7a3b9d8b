import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { recommendationsOf } from '../../src/recommend/recommendations.js';
import { UserNeighbours } from '../../src/recommend/user-neighbours.js';
import { dataset } from '../datasets.js';
import { onDevice, onEveryDevice } from '../devices.js';
import { csr, dense, movieLens, randomCsr } from './matrices.js';

const everybody = (customers: number) => Int32Array.from({ length: customers }, (_, c) => c);

onEveryDevice('UserNeighbours', () => {
  it('recommends by the sum of the nearest customers, as written plainly', async () => {
    const before = tf.memory().numTensors;
    const ratings = randomCsr(60, 25, 9, 11);
    const rows = dense(ratings);
    const model = await new UserNeighbours({ neighbours: 10 }).fit(ratings);
    const similar = dense(await model.similarCustomers(ratings, { customers: everybody(60) }));
    const found = await model.recommend(ratings, { count: 4, fill: false, customers: everybody(60) });
    expect(tf.memory().numTensors).toBe(before);
    similar.forEach((weights, customer) => {
      expect(weights[customer]).toBe(0);
      expect(weights.filter(weight => weight > 0).length).toBeLessThanOrEqual(10);
      const wanted = rows[0].map((_, item) =>
        rows[customer][item] !== 0
          ? 0
          : weights.reduce((total, weight, other) => total + weight * rows[other][item], 0),
      );
      const best = wanted.filter(score => score > 0).sort((a, b) => b - a);
      const list = recommendationsOf(found, customer);
      expect(list).toHaveLength(Math.min(4, best.length));
      list.forEach(({ item, score, reason }, rank) => {
        expect(reason).toBe('customers');
        expect(score).toBeCloseTo(best[rank], 4);
        expect(score).toBeCloseTo(wanted[item], 4);
      });
    });
  });
});

describe('UserNeighbours', () => {
  onDevice('cpu');

  const data = dataset('movielens-100k/u.data');
  it.skipIf(!data)('has the known neighbours of the first user of MovieLens 100K', async () => {
    const ratings = movieLens(data!);
    const model = await new UserNeighbours({ neighbours: 5 }).fit(ratings);
    const first = { ...ratings, rows: 1, indptr: ratings.indptr.slice(0, 2) };
    const [similar] = dense(await model.similarCustomers(first, { customers: Int32Array.of(0) }));
    const known = { 916: 0.569066, 864: 0.547548, 268: 0.542077, 92: 0.540534, 435: 0.538665 };
    for (const [user, cosine] of Object.entries(known)) {
      expect(similar[Number(user) - 1]).toBeCloseTo(cosine, 6);
    }
  });

  it('serves new customers, fills up and keeps to the catalogue', async () => {
    const model = await new UserNeighbours({ similarity: 'jaccard' }).fit(
      csr(4, [{ 0: 1, 1: 1 }, { 0: 1, 2: 1 }, { 3: 1 }]),
    );
    const found = await model.recommend(csr(4, [{ 1: 1 }, {}]), { count: 5 });
    expect(recommendationsOf(found, 0).map(({ item, reason }) => [item, reason])).toEqual([
      [0, 'customers'],
      [2, 'popular'],
      [3, 'popular'],
    ]);
    expect(recommendationsOf(found, 1).map(({ item }) => item)).toEqual([0, 1, 2, 3]);
    await expect(model.recommend(csr(3, [{}]))).rejects.toThrow('customers with the 4 items of the model');
    await expect(new UserNeighbours().recommend(csr(3, [{}]))).rejects.toThrow('expected a fitted model');
  });
});
