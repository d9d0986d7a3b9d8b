import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { radiusCounts, radiusNeighbours } from '../../src/ops/radius-neighbours.js';
import { onEveryDevice, read } from '../devices.js';
import { centred, column, cosine, randomMatrix, squaredEuclidean } from './oracle.js';

onEveryDevice('RadiusNeighbours', () => {
  const distances = {
    euclidean: (a: number[], b: number[]) => Math.sqrt(squaredEuclidean(a, b)),
    'squared-euclidean': squaredEuclidean,
    manhattan: (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0),
    cosine: (a: number[], b: number[]) => 1 - cosine(a, b),
    correlation: (a: number[], b: number[]) => 1 - cosine(centred(a), centred(b)),
  };
  test.each([
    ['euclidean', 3, 40, 90, 1.2],
    ['cosine', 9, 33, 1, 0.7],
    ['euclidean', 2, 1, 5, 0],
    ['euclidean', 35, 9, 700, 7.5],
    ['squared-euclidean', 2, 17, 513, 1.5],
    ['manhattan', 4, 8, 300, 3],
    ['correlation', 6, 10, 300, 0.6],
  ] as const)('%s: %i features, %i × %i, radius %d', async (metric, features, m, n, radius) => {
    const [a, b] = [randomMatrix(1, features, m), randomMatrix(2, features, n)];
    const [ta, tb] = [tf.tensor2d(a), tf.tensor2d(b)];
    const before = tf.memory().numTensors;
    const [counts] = await read(radiusCounts(ta, tb, { radius, metric }));
    const { indptr, indices } = await radiusNeighbours(ta, tb, { radius, metric });
    expect(tf.memory().numTensors).toBe(before);
    for (let i = 0; i < m; i++) {
      const near = b[0].flatMap((_, j) =>
        distances[metric](column(a, i), column(b, j)) <= radius ? [j] : [],
      );
      expect([...indices.subarray(indptr[i], indptr[i + 1])]).toEqual(near);
      expect(counts[i]).toBe(near.length);
    }
    tf.dispose([ta, tb]);
  });

  test('nobody has neighbours among nobody', async () => {
    const [a, b] = [tf.zeros<tf.Rank.R2>([3, 2]), tf.zeros<tf.Rank.R2>([3, 0])];
    const options = { radius: 1, metric: 'euclidean' } as const;
    expect(await read(radiusCounts(a, b, options))).toEqual([[0, 0]]);
    expect(await radiusNeighbours(a, b, options)).toEqual({
      indptr: new Int32Array(3),
      indices: new Int32Array(0),
    });
    tf.dispose([a, b]);
  });
});
