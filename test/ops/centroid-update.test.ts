import * as tf from '@tensorflow/tfjs-core';
import { expect, it, test } from 'vitest';
import { centroidUpdate, lloydStep, nearestCentroid } from '../../src/ops/index.js';
import { Random } from '../../src/random.js';
import { onEveryDevice, read } from '../devices.js';
import { type Matrix, randomMatrix } from './oracle.js';

function randomLabels(seed: number, customers: number, k: number): number[] {
  const random = new Random(seed);
  return Array.from({ length: customers }, () => random.integer(k));
}

function randomWeights(seed: number, customers: number): number[] {
  const random = new Random(seed);
  return Array.from({ length: customers }, () => Math.fround(random.uniform() * 3));
}

function exactSums(x: Matrix, labels: number[], k: number, weights?: number[]) {
  const sums = new Array<number>(k * x.length).fill(0);
  const magnitudes = new Array<number>(k * x.length).fill(0);
  const counts = new Array<number>(k).fill(0);
  labels.forEach((label, i) => {
    const weight = weights?.[i] ?? 1;
    counts[label] += weight;
    x.forEach((row, feature) => {
      sums[label * x.length + feature] += weight * row[i];
      magnitudes[label * x.length + feature] += Math.abs(weight * row[i]);
    });
  });
  return { sums, magnitudes, counts };
}

async function check(x: Matrix, labels: number[], k: number, weights?: number[]): Promise<void> {
  const tensors = [tf.tensor2d(x), tf.tensor1d(labels, 'int32')] as const;
  const weightTensor = weights && tf.tensor1d(weights);
  const result = centroidUpdate(...tensors, k, weightTensor);
  const [sums, residuals, counts] = await read(result.sums, result.residuals, result.counts);
  tf.dispose([...tensors, ...(weightTensor ? [weightTensor] : [])]);
  const exact = exactSums(x, labels, k, weights);
  sums.forEach((sum, i) => {
    // Far closer than float32, whose own rounding is 6e-8.
    expect(Math.abs(sum + residuals[i] - exact.sums[i])).toBeLessThanOrEqual(
      1e-10 * exact.magnitudes[i] + 1e-30,
    );
  });
  counts.forEach((count, i) => {
    expect(Math.abs(count - exact.counts[i])).toBeLessThanOrEqual(1e-6 * exact.counts[i]);
  });
}

onEveryDevice('CentroidUpdate', () => {
  const shapes: [features: number, customers: number, k: number][] = [
    [1, 1, 1],
    [1, 9, 4],
    [8, 1000, 8],
    [5, 4099, 3],
    [33, 130, 65],
    [300, 70, 9],
    [4, 90, 1100],
  ];
  test.each(shapes)('%i features, %i customers, k = %i', async (features, customers, k) => {
    const x = randomMatrix(1, features, customers);
    const labels = randomLabels(2, customers, k);
    await check(x, labels, k);
    await check(x, labels, k, randomWeights(3, customers));
  });

  it('does not lose small values beside large ones', async () => {
    const customers = 3000;
    const x = [Array.from({ length: customers }, (_, i) => (i % 2 ? 1e6 : Math.fround(1e-2)))];
    await check(x, new Array(customers).fill(0), 1);
  });

  it('sums the same when values cancel', async () => {
    const x = [Array.from({ length: 2000 }, (_, i) => (i % 2 ? -1 : 1) * Math.fround(1234.567))];
    await check(x, new Array(2000).fill(1), 2);
  });

  it('leaves empty segments at zero', async () => {
    const [x, labels] = [tf.tensor2d([[1, 2]]), tf.tensor1d([2, 2], 'int32')];
    const { sums, residuals, counts } = centroidUpdate(x, labels, 4);
    expect(await read(sums, residuals, counts)).toEqual([
      [0, 0, 3, 0],
      [0, 0, 0, 0],
      [0, 0, 2, 0],
    ]);
    tf.dispose([x, labels]);
  });

  it('gives the same bits on every run', async () => {
    const [x, labels] = [
      tf.tensor2d(randomMatrix(5, 7, 5000)),
      tf.tensor1d(randomLabels(6, 5000, 30), 'int32'),
    ];
    const first = await read(...Object.values(centroidUpdate(x, labels, 30)));
    const second = await read(...Object.values(centroidUpdate(x, labels, 30)));
    tf.dispose([x, labels]);
    expect(second).toEqual(first);
  });
});

onEveryDevice('LloydStep', () => {
  test('may write its labels over those of an earlier step, of as many customers or not', async () => {
    const centroids = tf.tensor2d(randomMatrix(2, 5, 3));
    const [x, others, fewer] = [300, 300, 200].map((customers, i) =>
      tf.tensor2d(randomMatrix(4 + i, 3, customers)),
    );
    const labels = async (of: tf.Tensor2D, into?: tf.Tensor1D) => {
      const step = lloydStep(of, centroids, undefined, into);
      tf.dispose([step.sums, step.residuals, step.counts, into ?? []]);
      return step.labels;
    };
    const before = tf.memory().numTensors;
    const expected: number[][] = [];
    for (const of of [others, fewer]) expected.push(...(await read(await labels(of))));
    let last = await labels(x);
    for (const [i, of] of [others, fewer].entries()) {
      last = await labels(of, last);
      expect([...(await last.data())]).toEqual(expected[i]);
    }
    last.dispose();
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([x, others, fewer, centroids]);
  });

  test.each([
    [1, 3, 2],
    [2, 500, 5],
    [8, 1000, 8],
    [17, 300, 70],
    [32, 2000, 64],
  ])('equals its two halves: %i features, %i customers, k = %i', async (features, customers, k) => {
    const x = tf.tensor2d(randomMatrix(1, features, customers));
    const centroids = tf.tensor2d(randomMatrix(2, k, features));
    const weights = tf.tensor1d(randomWeights(3, customers));
    for (const weighting of [undefined, weights]) {
      const step = lloydStep(x, centroids, weighting);
      const nearest = nearestCentroid(x, centroids);
      const [expected] = await read(nearest.labels, nearest.distances);
      const labels = [...(await step.labels.data())];
      expect(labels).toEqual(expected);
      const update = centroidUpdate(x, step.labels, k, weighting);
      const [sums, residuals, counts] = await read(step.sums, step.residuals, step.counts);
      const [otherSums, otherResiduals, otherCounts] = await read(
        update.sums,
        update.residuals,
        update.counts,
      );
      sums.forEach((sum, i) => {
        expect(sum + residuals[i]).toBeCloseTo(otherSums[i] + otherResiduals[i], 8);
      });
      expect(counts).toEqual(otherCounts);
      step.labels.dispose();
    }
    tf.dispose([x, centroids, weights]);
  });
});
