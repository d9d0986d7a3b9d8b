import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it, test } from 'vitest';
import { nearestCentroid, nearestLabel } from '../../src/ops/index.js';
import { onDevice, onEveryDevice, read } from '../devices.js';
import { randomMatrix } from './oracle.js';

onEveryDevice('NearestLabel', () => {
  const shapes: [features: number, customers: number, k: number][] = [
    [1, 1, 1],
    [2, 200, 5],
    [8, 1000, 8],
    [3, 0, 2],
    [16, 4500, 32],
    [33, 130, 65],
  ];
  test.each(shapes)('has the labels of NearestCentroid: %i × %i, k = %i', async (features, customers, k) => {
    const x = tf.tensor2d(randomMatrix(1, features, customers).flat(), [features, customers]);
    const centroids = tf.tensor2d(randomMatrix(2, k, features));
    const [wanted] = await read(...Object.values(nearestCentroid(x, centroids)));
    const [labels, check] = await read(...Object.values(nearestLabel(x, centroids)));
    tf.dispose([x, centroids]);
    expect(labels).toEqual(wanted);
    expect(check.every(Number.isFinite)).toBe(true);
  });

  test.each([
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ])('tells of a customer with %d', async value => {
    for (const [features, customers, k] of [
      [3, 500, 4],
      [16, 5000, 40],
    ]) {
      const centroids = tf.tensor2d(randomMatrix(4, k, features));
      for (const place of [0, customers - 1, (features - 1) * customers, features * customers - 1]) {
        const values = randomMatrix(3, features, customers).flat();
        values[place] = value;
        const x = tf.tensor2d(values, [features, customers]);
        const [labels, check] = await read(...Object.values(nearestLabel(x, centroids)));
        x.dispose();
        expect(check.every(Number.isFinite)).toBe(false);
        expect(labels.every(label => label >= 0 && label < k)).toBe(true);
      }
      centroids.dispose();
    }
  });

  it('leaves no tensor behind', async () => {
    const [x, centroids] = [tf.tensor2d(randomMatrix(7, 2, 50)), tf.tensor2d(randomMatrix(8, 3, 2))];
    const before = tf.memory().numTensors;
    await read(...Object.values(nearestLabel(x, centroids)));
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([x, centroids]);
  });
});

describe('nearestLabel', () => {
  onDevice('cpu');

  it('names the tensor whose shape is wrong', () => {
    const [x, centroids] = [tf.zeros<tf.Rank.R2>([3, 5]), tf.zeros<tf.Rank.R2>([2, 4])];
    expect(() => nearestLabel(x, centroids)).toThrow('expected centroids of shape [k, d=3], found [2, 4]');
  });
});
