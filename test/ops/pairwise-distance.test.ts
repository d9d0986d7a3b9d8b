import * as tf from '@tensorflow/tfjs-core';
import { expect, it, test } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { type Metric, metrics, pairwiseDistance, pairwiseDistanceBlocks } from '../../src/ops/index.js';
import { onEveryDevice, read } from '../devices.js';
import { centred, column, cosine, type Matrix, randomMatrix, squaredEuclidean } from './oracle.js';

const oracles: Record<Metric, (a: number[], b: number[]) => number> = {
  'squared-euclidean': squaredEuclidean,
  euclidean: (a, b) => Math.sqrt(squaredEuclidean(a, b)),
  manhattan: (a, b) => a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0),
  cosine: (a, b) => 1 - cosine(a, b),
  correlation: (a, b) => 1 - cosine(centred(a), centred(b)),
};

async function distancesOf(a: Matrix, b: Matrix, metric: Metric): Promise<number[]> {
  const [ta, tb] = [tf.tensor2d(a), tf.tensor2d(b)];
  const [distances] = await read(pairwiseDistance(ta, tb, metric));
  tf.dispose([ta, tb]);
  return distances;
}

onEveryDevice('PairwiseDistance', () => {
  const shapes: [features: number, m: number, n: number][] = [
    [2, 1, 1],
    [2, 5, 70],
    [7, 65, 33],
    [32, 130, 129],
    [150, 20, 9],
  ];
  for (const metric of metrics) {
    test.each(shapes)(`${metric}: %i features, %i × %i`, async (features, m, n) => {
      const [a, b] = [randomMatrix(1, features, m, 2), randomMatrix(2, features, n, 2)];
      const distances = await distancesOf(a, b, metric);
      const exact = a[0].flatMap((_, i) => b[0].map((_, j) => oracles[metric](column(a, i), column(b, j))));
      // The dot form cancels where two points are close: its error is relative to the largest distance.
      const tolerance = 3e-6 * Math.max(...exact) + (metric === 'euclidean' ? 1e-3 : 2e-6);
      exact.forEach((distance, i) => {
        expect(Math.abs(distances[i] - distance)).toBeLessThanOrEqual(tolerance);
      });
    });
  }

  it('puts a column without length at distance 1', async () => {
    const zeros = [[0], [0], [0]];
    const b = [
      [1, 0],
      [2, 0],
      [4, 0],
    ];
    expect(await distancesOf(zeros, b, 'cosine')).toEqual([1, 1]);
    expect(await distancesOf([[5], [5], [5]], b, 'correlation')).toEqual([1, 1]);
  });

  it('is never negative', async () => {
    const x = randomMatrix(3, 5, 40, 100);
    for (const metric of metrics) {
      expect(Math.min(...(await distancesOf(x, x, metric)))).toBeGreaterThanOrEqual(0);
    }
  });

  test.each([1, 7, 48, 200])('gives the same in blocks of %i rows', async rows => {
    const [a, b] = [tf.tensor2d(randomMatrix(1, 6, 110, 2)), tf.tensor2d(randomMatrix(2, 6, 75, 2))];
    const tensors = tf.memory().numTensors;
    for (const metric of metrics) {
      const [whole] = await read(pairwiseDistance(a, b, metric));
      const found: number[] = [];
      for await (const { first, distances } of pairwiseDistanceBlocks(a, b, metric, { rows })) {
        expect(75 * first).toBe(found.length);
        found.push(...distances);
      }
      expect(found).toEqual(whole);
    }
    expect(tf.memory().numTensors).toBe(tensors);
    tf.dispose([a, b]);
  });

  it('frees the memory of blocks that are left early, and refuses blocks without rows', async () => {
    const a = tf.tensor2d(randomMatrix(1, 2, 20, 2));
    const tensors = tf.memory().numTensors;
    for await (const { first } of pairwiseDistanceBlocks(a, a, 'euclidean', { rows: 3 }))
      if (first > 5) break;
    expect(tf.memory().numTensors).toBe(tensors);
    for (const rows of [0, 1.5, Number.NaN]) {
      await expect(pairwiseDistanceBlocks(a, a, 'cosine', { rows }).next()).rejects.toThrow(UsageError);
    }
    a.dispose();
  });
});
