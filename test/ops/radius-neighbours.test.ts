import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { radiusCounts, radiusNeighbours } from '../../src/ops/radius-neighbours.js';
import { onEveryDevice, read } from '../devices.js';
import { column, cosine, randomMatrix, squaredEuclidean } from './oracle.js';

onEveryDevice('RadiusNeighbours', () => {
  const distances = {
    euclidean: (a: number[], b: number[]) => Math.sqrt(squaredEuclidean(a, b)),
    cosine: (a: number[], b: number[]) => 1 - cosine(a, b),
  };
  test.each([
    ['euclidean', 3, 40, 90, 1.2],
    ['cosine', 9, 33, 1, 0.7],
    ['euclidean', 2, 1, 5, 0],
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
});
