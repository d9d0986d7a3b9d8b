import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { rowSlice } from '../../../src/ops/index.js';
import { Als } from '../../../src/recommend/als/als.js';
import { recommendationsOf } from '../../../src/recommend/recommendations.js';
import { onDevice, onEveryDevice } from '../../devices.js';
import { csr, randomCsr } from '../matrices.js';

/** Customer c has the items of the same colour (even or odd) as c, all but item c itself. */
function checkerboard(size: number) {
  return csr(
    size,
    Array.from({ length: size }, (_, customer) => {
      const items = Array.from({ length: size }, (_, item) => item);
      const own = items.filter(item => item % 2 === customer % 2 && item !== customer);
      return Object.fromEntries(own.map(item => [item, 1]));
    }),
  );
}

onEveryDevice('Als', () => {
  it('finds the square that is missing on a checkerboard', async () => {
    const before = tf.memory().numTensors;
    const board = checkerboard(20);
    const model = await new Als({ factors: 2, regularisation: 0.1, seed: 1 }).fit(board);
    const found = await model.recommend(board, { count: 2 });
    expect(tf.memory().numTensors).toBe(before);
    for (let customer = 0; customer < 20; customer++) {
      const [first] = recommendationsOf(found, customer);
      expect(first).toMatchObject({ item: customer, reason: 'factors' });
      expect(first.because! % 2).toBe(customer % 2);
      expect(first.score).toBeGreaterThan(0.7);
    }
    const neighbours = await model.neighbours(4, 9);
    expect(neighbours.map(({ item }) => item).sort((a, b) => a - b)).toEqual([
      0, 2, 6, 8, 10, 12, 14, 16, 18,
    ]);
    expect(neighbours.every(({ score }) => score > 0.9)).toBe(true);
  });
});

describe('Als', () => {
  onDevice('cpu');

  it('is the same for a seed, and for a customer alone as among others', async () => {
    const purchases = randomCsr(50, 30, 8, 7);
    const fit = (seed: number) => new Als({ factors: 8, seed }).fit(purchases);
    const model = await fit(3);
    expect((await fit(3)).itemFactors).toEqual(model.itemFactors);
    expect((await fit(4)).itemFactors).not.toEqual(model.itemFactors);
    const all = await model.recommend(purchases);
    const alone = await model.recommend(rowSlice(purchases, 17, 18));
    expect(recommendationsOf(alone, 0)).toEqual(recommendationsOf(all, 17));
  });

  it('solves for customers exactly', async () => {
    const purchases = randomCsr(40, 25, 6, 11);
    const [factors, regularisation, confidence] = [5, 0.5, 3];
    const model = await new Als({ factors, regularisation, confidence, iterations: 4 }).fit(purchases);
    const { values: y } = model.itemFactors;
    const { values: x } = await model.foldIn(purchases);
    for (let customer = 0; customer < 40; customer++) {
      // (yᵀ y + Σ w yᵢ yᵢᵀ + λ) x - Σ (1 + w) yᵢ
      const residual = Array.from({ length: factors }, (_, f) => regularisation * x[customer * factors + f]);
      let most = 0;
      for (let item = 0; item < 25; item++) {
        const place = purchases.indices.subarray(purchases.indptr[customer], purchases.indptr[customer + 1]);
        const at = place.indexOf(item);
        const weight = at < 0 ? 0 : confidence * purchases.values[purchases.indptr[customer] + at];
        let score = 0;
        for (let f = 0; f < factors; f++) score += x[customer * factors + f] * y[item * factors + f];
        for (let f = 0; f < factors; f++) {
          const wanted = at < 0 ? 0 : (1 + weight) * y[item * factors + f];
          residual[f] += (1 + weight) * score * y[item * factors + f] - wanted;
          most = Math.max(most, Math.abs(wanted));
        }
      }
      for (const value of residual) expect(Math.abs(value)).toBeLessThan(1e-4 * Math.max(1, most));
    }
  });

  it('gives customers without items what is popular, and nobody what they have', async () => {
    const board = checkerboard(8);
    const model = await new Als({ factors: 2, iterations: 3 }).fit(board);
    const found = await model.recommend(csr(8, [{}, { 0: 1, 2: 1, 4: 1 }]), { count: 9 });
    expect(recommendationsOf(found, 0).map(({ reason }) => reason)).toEqual(Array(8).fill('popular'));
    const list = recommendationsOf(found, 1).map(({ item }) => item);
    expect(list[0]).toBe(6);
    expect([...list].sort()).toEqual([1, 3, 5, 6, 7]);
    const unfilled = await model.recommend(csr(8, [{}]), { count: 9, fill: false });
    expect(recommendationsOf(unfilled, 0)).toEqual([]);
  });

  it('tells of its progress and stops when it is told to', async () => {
    const progress: number[][] = [];
    const onProgress = (...done: number[]) => progress.push(done);
    await new Als({ factors: 2, iterations: 2 }).fit(checkerboard(6), { onProgress });
    expect(progress).toEqual([
      [1, 2],
      [2, 2],
    ]);
    const before = tf.memory().numTensors;
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(new Als().fit(checkerboard(6), { signal })).rejects.toThrow('enough');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('gives back a saved model', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kindred-'));
    const purchases = randomCsr(30, 12, 5, 2);
    const model = await new Als({ factors: 4 }).fit(purchases);
    await model.save(folder);
    const loaded = await Als.load(folder);
    expect(loaded.options).toEqual(model.options);
    expect(await loaded.recommend(purchases)).toEqual(await model.recommend(purchases));
    await truncate(join(folder, 'als.bin'), 8);
    await expect(Als.load(folder)).rejects.toThrow('expected 240 bytes');
    await rm(folder, { recursive: true });
  });

  it('refuses wrong options and values', async () => {
    expect(() => new Als({ factors: 0 })).toThrow('factors to be a whole number of at least 1');
    expect(() => new Als({ regularisation: 0 })).toThrow('regularisation above 0');
    await expect(new Als().fit(csr(1, [{ 0: -1 }]))).rejects.toThrow('interactions of at least 0, found -1');
    await expect(new Als().recommend(csr(1, [{}]))).rejects.toThrow('expected a fitted model');
  });
});
