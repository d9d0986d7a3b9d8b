import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { DataError, UsageError } from '../../src/errors.js';
import { rowSlice } from '../../src/ops/index.js';
import { ItemNeighbours } from '../../src/recommend/item-neighbours.js';
import { recommendationsOf } from '../../src/recommend/recommendations.js';
import { dataset } from '../datasets.js';
import { onDevice, onEveryDevice } from '../devices.js';
import { csr, dense, movieLens, randomCsr } from './matrices.js';

/** Two tastes, {0, 1, 2} and {3, 4, 5}; item 6 is nobody's. */
const tastes = csr(7, [
  { 0: 1, 1: 1, 2: 1 },
  { 0: 1, 1: 1 },
  { 0: 1, 2: 1 },
  { 3: 1, 4: 1, 5: 1 },
  { 3: 1, 5: 1 },
  {},
]);

function cosine(a: number[], b: number[]): number {
  const dot = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + value * y[i], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

onEveryDevice('ItemNeighbours', () => {
  it('recommends what like customers have, and says why', async () => {
    const before = tf.memory().numTensors;
    const model = await new ItemNeighbours({ neighbours: 3 }).fit(tastes);
    const found = await model.recommend(tastes, { count: 3 });
    expect(tf.memory().numTensors).toBe(before);

    const [first] = recommendationsOf(found, 1);
    expect(first).toMatchObject({ rank: 1, item: 2, reason: 'neighbour', because: 0 });
    expect(first.score).toBeCloseTo(2 / Math.sqrt(6) + 1 / 2, 6);
    expect(recommendationsOf(found, 4)[0]).toMatchObject({ item: 4, reason: 'neighbour', because: 3 });
    expect(recommendationsOf(found, 5).map(({ item }) => item)).toEqual([0, 1, 2]);
    expect(recommendationsOf(found, 5)[0]).toEqual({ rank: 1, item: 0, score: 0.5, reason: 'popular' });
    expect(recommendationsOf(found, 0).map(({ item, reason }) => [item, reason])).toEqual([
      [3, 'popular'],
      [5, 'popular'],
      [4, 'popular'],
    ]);
  });

  it('has the neighbours and scores of the definition', async () => {
    const ratings = randomCsr(80, 40, 12, 1);
    const rows = dense(ratings);
    const columns = rows[0].map((_, item) => rows.map(row => row[item]));
    const model = await new ItemNeighbours({ neighbours: 39 }).fit(ratings);
    for (let item = 0; item < 40; item++) {
      for (const { item: other, score } of model.neighbours(item)) {
        expect(score).toBeCloseTo(cosine(columns[item], columns[other]), 5);
      }
    }
    const { items, scores, because } = await model.recommend(ratings, { count: 5, excludeOwned: false });
    const similar = dense(model.similar);
    rows.forEach((row, customer) => {
      const wanted = similar[0].map((_, item) =>
        row.reduce((sum, v, own) => sum + v * similar[own][item], 0),
      );
      const best = wanted.filter(score => score > 0).sort((a, b) => b - a);
      for (let rank = 0; rank < Math.min(5, best.length); rank++) {
        const place = customer * 5 + rank;
        expect(scores[place]).toBeCloseTo(best[rank], 4);
        expect(scores[place]).toBeCloseTo(wanted[items[place]], 4);
        const contributions = row.map((v, own) => v * similar[own][items[place]]);
        expect(contributions[because[place]]).toBeCloseTo(Math.max(...contributions), 5);
      }
    });
  });

  describe.skipIf(!dataset('movielens-100k/u.data'))('MovieLens 100K (needs the public data sets)', () => {
    it('has the known cosines and neighbours', async () => {
      const ratings = movieLens(dataset('movielens-100k/u.data')!);
      const model = await new ItemNeighbours({ neighbours: 100 }).fit(ratings);
      const scoreOf = (a: number, b: number) =>
        model.neighbours(a - 1).find(({ item }) => item === b - 1)?.score;
      expect(scoreOf(50, 181)).toBeCloseTo(0.884476, 6);
      expect(scoreOf(1, 50)).toBeCloseTo(0.734572, 6);
      expect(scoreOf(50, 172)).toBeCloseTo(0.749819, 6);
      expect(scoreOf(100, 127)).toBeCloseTo(0.646271, 6);
      expect(scoreOf(50, 174)).toBeCloseTo(0.764885, 6);
      expect(scoreOf(50, 127)).toBeCloseTo(0.697332, 6);
      expect(model.neighbours(49, 5).map(({ item }) => item + 1)).toEqual([181, 174, 172, 1, 127]);
    });

    it('recommends ten unseen films to everybody', async () => {
      const ratings = movieLens(dataset('movielens-100k/u.data')!);
      const model = await new ItemNeighbours({ neighbours: 50 }).fit(ratings);
      const { items } = await model.recommend(ratings);
      const owned = dense(ratings);
      for (let user = 0; user < 943; user++) {
        const films = [...items.subarray(user * 10, user * 10 + 10)];
        expect(new Set(films).size).toBe(10);
        expect(films.every(film => film >= 0 && owned[user][film] === 0)).toBe(true);
      }
    });
  });
});

describe('ItemNeighbours', () => {
  onDevice('cpu');

  it('fills as many places as the catalogue has items', async () => {
    const model = await new ItemNeighbours().fit(tastes);
    const found = await model.recommend(tastes, { count: 9 });
    expect(recommendationsOf(found, 0)).toHaveLength(4);
    expect(recommendationsOf(found, 5)).toHaveLength(7);
    expect(
      recommendationsOf(await model.recommend(tastes, { count: 9, excludeOwned: false }), 0),
    ).toHaveLength(7);
    expect([...found.items.subarray(4, 9)]).toEqual([-1, -1, -1, -1, -1]);
  });

  it('recommends to customers whom the fit has not seen', async () => {
    const model = await new ItemNeighbours().fit(tastes);
    const found = await model.recommend(csr(7, [{ 4: 1 }]), { count: 2 });
    expect(recommendationsOf(found, 0).map(({ item }) => item)).toEqual([3, 5]);
  });

  it('copes with a shop of one item, of no customers and of no items', async () => {
    const one = csr(1, [{ 0: 1 }, {}]);
    const single = await (await new ItemNeighbours().fit(one)).recommend(one, { count: 2 });
    expect([...single.items]).toEqual([-1, -1, 0, -1]);
    const nobody = await new ItemNeighbours().fit(csr(3, []));
    expect([...(await nobody.recommend(csr(3, [{}]), { count: 3 })).items]).toEqual([0, 1, 2]);
    const nothing = await new ItemNeighbours().fit(csr(0, [{}]));
    expect([...(await nothing.recommend(csr(0, [{}]), { count: 1 })).items]).toEqual([-1]);
  });

  it('tells of its progress and stops when it is told to', async () => {
    const progress: number[][] = [];
    const onProgress = (...done: number[]) => progress.push(done);
    const model = await new ItemNeighbours().fit(tastes, { onProgress });
    await model.recommend(tastes, { onProgress });
    expect(progress).toEqual([
      [7, 7],
      [6, 6],
    ]);
    const signal = AbortSignal.abort(new Error('enough'));
    const before = tf.memory().numTensors;
    await expect(model.recommend(tastes, { signal })).rejects.toThrow('enough');
    await expect(new ItemNeighbours().fit(tastes, { signal })).rejects.toThrow('enough');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('recommends the same in batches as in whole', async () => {
    const purchases = randomCsr(70_000, 12, 2, 5);
    const model = await new ItemNeighbours({ neighbours: 4 }).fit(purchases);
    const whole = await model.recommend(purchases, { count: 3 });
    let next = 0;
    for await (const { from, recommendations } of model.recommendBatches(purchases, { count: 3 })) {
      expect(from).toBe(next);
      next += recommendations.customers;
      expect(recommendations.items).toEqual(whole.items.subarray(from * 3, next * 3));
    }
    expect(next).toBe(70_000);
    const last = await model.recommend(rowSlice(purchases, 69_999, 70_000), { count: 3 });
    expect(recommendationsOf(last, 0)).toEqual(recommendationsOf(whole, 69_999));
  });

  it('gives back a saved model', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kindred-'));
    const items = ['tea', 'cup', 'pot', 'nut', 'fig', 'date', 'ink'];
    const model = await new ItemNeighbours({ neighbours: 2 }).fit(tastes, { items });
    await model.save(folder);
    const loaded = await ItemNeighbours.load(folder);
    expect(loaded.options).toEqual(model.options);
    expect(loaded.items).toEqual(items);
    expect(loaded.similar).toEqual(model.similar);
    expect(await loaded.recommend(tastes)).toEqual(await model.recommend(tastes));
    await truncate(join(folder, 'item-neighbours.bin'), 8);
    await expect(ItemNeighbours.load(folder)).rejects.toThrow(DataError);
    await rm(folder, { recursive: true });
    await expect(ItemNeighbours.load(folder)).rejects.toThrow('no such file');
  });

  it('refuses wrong options, items and catalogues', async () => {
    expect(() => new ItemNeighbours({ neighbours: 0 })).toThrow(UsageError);
    expect(() => new ItemNeighbours().similar).toThrow('expected a fitted model');
    const model = await new ItemNeighbours().fit(tastes);
    await expect(model.recommend(tastes, { count: 0 })).rejects.toThrow(
      'count to be a whole number of at least 1',
    );
    await expect(model.recommend(csr(3, [{}]))).rejects.toThrow(
      'expected customers with the 7 items of the model',
    );
    expect(() => model.neighbours(7)).toThrow('expected an item of 0 … 6, found 7.');
    await expect(new ItemNeighbours().fit(tastes, { items: ['tea'] })).rejects.toThrow(
      'expected 7 ids of items',
    );
  });
});
