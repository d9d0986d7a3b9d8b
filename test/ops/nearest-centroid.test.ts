import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it, test } from 'vitest';
import { nearestCentroid } from '../../src/ops/index.js';
import { onDevice, onEveryDevice, read } from '../devices.js';
import { column, type Matrix, randomMatrix, squaredEuclidean } from './oracle.js';

/** Checks labels and distances against float64; a label may differ only where two centroids tie in float32. */
async function check(x: Matrix, centroids: Matrix): Promise<void> {
  const [tx, tc] = [tf.tensor2d(x), tf.tensor2d(centroids)];
  const result = nearestCentroid(tx, tc);
  const [labels, distances] = await read(result.labels, result.distances);
  tf.dispose([tx, tc]);
  expect(labels).toHaveLength(x[0].length);
  for (let i = 0; i < labels.length; i++) {
    const customer = column(x, i);
    const exact = centroids.map(centroid => squaredEuclidean(customer, centroid));
    const least = Math.min(...exact);
    const spread = Math.max(...exact);
    expect(exact[labels[i]] - least).toBeLessThanOrEqual(2e-6 * spread);
    expect(Math.abs(distances[i] - exact[labels[i]])).toBeLessThanOrEqual(1e-5 * exact[labels[i]] + 1e-12);
  }
}

onEveryDevice('NearestCentroid', () => {
  const shapes: [features: number, customers: number, k: number][] = [
    [1, 1, 1],
    [1, 7, 3],
    [2, 200, 5],
    [3, 63, 64],
    [8, 1000, 8],
    [16, 257, 17],
    [33, 130, 65],
    [300, 70, 9],
    [4, 90, 1100],
  ];
  test.each(shapes)('%i features, %i customers, k = %i', async (features, customers, k) => {
    await check(randomMatrix(1, features, customers), randomMatrix(2, k, features));
  });

  it('keeps its precision far from the origin', async () => {
    await check(randomMatrix(3, 4, 500, 1000), randomMatrix(4, 12, 4, 1000));
  });

  it('finds nothing for nobody', async () => {
    const [x, centroids] = [tf.tensor2d([], [3, 0]), tf.tensor2d(randomMatrix(4, 2, 3))];
    expect(await read(...Object.values(nearestCentroid(x, centroids)))).toEqual([[], []]);
    tf.dispose([x, centroids]);
  });

  it('takes the first of equally near centroids', async () => {
    const x = tf.tensor2d([[0, 1, 4, 5]]);
    const centroids = tf.tensor2d([[4], [0], [4], [0], [2]]);
    const [labels, distances] = await read(...Object.values(nearestCentroid(x, centroids)));
    tf.dispose([x, centroids]);
    expect(labels).toEqual([1, 1, 0, 0]);
    expect(distances).toEqual([0, 1, 0, 1]);
  });

  it('gives the same bits on every run', async () => {
    const [x, centroids] = [tf.tensor2d(randomMatrix(5, 7, 999)), tf.tensor2d(randomMatrix(6, 30, 7))];
    const first = await read(...Object.values(nearestCentroid(x, centroids)));
    const second = await read(...Object.values(nearestCentroid(x, centroids)));
    tf.dispose([x, centroids]);
    expect(second).toEqual(first);
  });

  it('ends on NaN with a label in range', async () => {
    const x = tf.tensor2d([[Number.NaN, 1, 2]]);
    const centroids = tf.tensor2d([[0], [2]]);
    const { labels, distances } = nearestCentroid(x, centroids);
    const [found] = await read(labels, distances);
    tf.dispose([x, centroids]);
    expect(found.slice(1)).toEqual([0, 1]);
    expect([0, 1]).toContain(found[0]);
  });

  it('leaves no tensor behind', async () => {
    const [x, centroids] = [tf.tensor2d(randomMatrix(7, 2, 50)), tf.tensor2d(randomMatrix(8, 3, 2))];
    const before = tf.memory().numTensors;
    await read(...Object.values(nearestCentroid(x, centroids)));
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([x, centroids]);
  });
});

describe('nearestCentroid', () => {
  onDevice('cpu');

  it('names the tensor whose shape is wrong', () => {
    const [x, centroids] = [tf.zeros<tf.Rank.R2>([3, 5]), tf.zeros<tf.Rank.R2>([2, 4])];
    expect(() => nearestCentroid(x, centroids)).toThrow('expected centroids of shape [k, d=3], found [2, 4]');
  });
});
