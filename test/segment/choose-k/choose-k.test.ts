import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/random.js';
import { explainChoice } from '../../../src/segment/choose-k/explain.js';
import { type Criterion, chooseK } from '../../../src/segment/choose-k/index.js';
import { dataset } from '../../datasets.js';
import { onDevice } from '../../devices.js';
import { mallColumns, matrix, readColumns } from '../tables.js';

const mall = dataset('mall-customers/Mall_Customers.csv');

/** So many customers around each of these places. */
function groups(places: readonly (readonly [number, number])[], each: number, spread = 1): tf.Tensor2D {
  const random = new Random(7);
  const rows = places.flatMap(place =>
    Array.from({ length: each }, () => place.map(c => random.normal(c, spread))),
  );
  return matrix([rows.map(([a]) => a), rows.map(([, b]) => b)]);
}

const three = [
  [0, 0],
  [10, 0],
  [5, 9],
] as const;

describe('chooseK', () => {
  onDevice('cpu');

  it.skipIf(!mall)('finds the five segments of Mall customers, with the known figures', async () => {
    const x = matrix(readColumns(mall!, mallColumns));
    const { k, reason, curve, choices, model } = await chooseK(x, { to: 8 });
    expect(k).toBe(5);
    expect(model.sizes).toEqual([81, 39, 35, 23, 22]);
    expect(choices).toEqual({ silhouette: 5, elbow: 3, 'calinski-harabasz': 8, 'davies-bouldin': 5 });
    expect(reason).toBe(
      '5 segments: the silhouette is best with 0.554, before 0.540 with 6; Davies-Bouldin agrees, the elbow is for 3 and Calinski-Harabasz is for 8.',
    );
    expect(curve.map(({ k }) => k)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(curve[0].inertia).toBeCloseTo(269_981.28, 2);
    expect(curve[4].inertia).toBeCloseTo(44_448.4554, 3);
    expect(curve[4].silhouette).toBeCloseTo(0.553932, 5);
    expect(curve[4].daviesBouldin).toBeCloseTo(0.572563, 5);
    expect(curve[4].calinskiHarabasz).toBeCloseTo(247.359, 3);
    x.dispose();
  });

  it.each<Criterion>([
    'silhouette',
    'elbow',
    'calinski-harabasz',
    'davies-bouldin',
    'gap',
  ])('finds three groups by %s', async criterion => {
    const x = groups(three, 60);
    const before = tf.memory().numTensors;
    const { k, reason, model } = await chooseK(x, { criterion, to: 7, references: 8 });
    expect(k).toBe(3);
    expect(model.centroids.length).toBe(6);
    expect(reason).toMatch(/^3 segments: [^;]+; the (silhouette|elbow), .* agree\.$/);
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
  });

  it('says together what is for the same number, and where there is no elbow', () => {
    const figures = (k: number, inertia: number, best: number) => ({
      ...{ k, inertia, silhouette: best, calinskiHarabasz: best, daviesBouldin: -best },
      ...{ gap: k === 1 ? 1 : 0, gapError: 0 },
    });
    const nothing = Number.NaN;
    const curve = [figures(1, 3, nothing), figures(2, 2, 0.2), figures(3, 1, 0.5)];
    expect(explainChoice(1, 'gap', curve)).toMatch(
      /; the silhouette, Calinski-Harabasz and Davies-Bouldin are for 3\.$/,
    );
    expect(explainChoice(2, 'elbow', curve)).toMatch(
      /^2 segments: the fewest, since the inertia falls without an elbow;/,
    );
  });

  it('says by the gap statistic that there is but one', async () => {
    const random = new Random(3);
    const x = matrix([0, 1].map(() => Array.from({ length: 200 }, () => random.uniform())));
    const { k, model, curve } = await chooseK(x, { criterion: 'gap', to: 5 });
    expect(k).toBe(1);
    expect(model.sizes).toEqual([200]);
    expect(curve[0].gap).toBeGreaterThan(curve[1].gap - curve[1].gapError);
    x.dispose();
  });

  it('does not answer with one segment where at least three were asked for', async () => {
    const random = new Random(3);
    const x = matrix([0, 1].map(() => Array.from({ length: 200 }, () => random.uniform())));
    const { k, choices } = await chooseK(x, { criterion: 'gap', from: 3, to: 5 });
    expect(k).toBeGreaterThan(2);
    expect(choices.gap).toBe(k);
    x.dispose();
  });

  it('takes batches, and samples many customers', async () => {
    const parts = [groups(three, 400), groups(three, 300)];
    const progress: number[][] = [];
    const { k, curve } = await chooseK(parts, {
      sample: 500,
      to: 5,
      onProgress: (...done) => progress.push(done),
    });
    expect(k).toBe(3);
    const exact = await chooseK(parts, { sample: 1000, to: 4 });
    expect(Math.abs(curve[2].silhouette - exact.curve[2].silhouette)).toBeLessThan(0.03);
    expect(progress).toEqual([
      [1, 4],
      [2, 4],
      [3, 4],
      [4, 4],
    ]);
    tf.dispose(parts);
  });

  it('tries no more segments than there are different customers', async () => {
    const x = matrix([[1, 1, 1, 5, 5, 9, 9, 9]]);
    const { k, curve } = await chooseK(x);
    expect(k).toBe(3);
    expect(curve.map(figures => figures.k)).toEqual([1, 2, 3]);
    x.dispose();
  });

  it('refuses what cannot be', async () => {
    const x = matrix([[4, 4, 4, 4]]);
    await expect(chooseK(x)).rejects.toThrow(
      'expected at least 2 different customers and one more to try 2 segments, found 1 different one of 4.',
    );
    await expect(chooseK(x, { from: 1 })).rejects.toThrow(
      'expected from to be a whole number of at least 2, found 1.',
    );
    await expect(chooseK(x, { from: 4, to: 3 })).rejects.toThrow('expected to to be');
    await expect(chooseK(x, { criterion: 'bic' as Criterion })).rejects.toThrow('found "bic"');
    await expect(chooseK(matrix([[1, Number.NaN, 2]]))).rejects.toThrow('found NaN for customer 1');
    x.dispose();
  });
});
