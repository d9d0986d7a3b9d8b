import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { featureMoments } from '../../src/ops/index.js';
import { Random } from '../../src/random.js';
import { onEveryDevice, read } from '../devices.js';

async function momentsOf(
  values: Float32Array,
  features: number,
  weights?: Float32Array,
): Promise<number[][]> {
  const x = tf.tensor2d(values, [features, values.length / features]);
  const weight = weights && tf.tensor1d(weights);
  const found = featureMoments(x, weight);
  const [moments, residuals] = await read(found.moments, found.residuals);
  tf.dispose([x, weight ?? []]);
  return Array.from({ length: features }, (_, f) =>
    [0, 1, 2].map(i => moments[3 * f + i] + residuals[3 * f + i]),
  );
}

/** Mean and squares in float64, two passes. */
function exactly(row: Float32Array, weights: ArrayLike<number>): number[] {
  let [total, sum, squares] = [0, 0, 0];
  row.forEach((value, i) => {
    total += weights[i];
    sum += weights[i] * value;
  });
  const mean = sum / total;
  row.forEach((value, i) => {
    squares += weights[i] * (value - mean) ** 2;
  });
  return [total, mean, squares];
}

onEveryDevice('FeatureMoments', () => {
  test.each([
    [1, 1],
    [3, 17],
    [2, 4097],
    [5, 140_001],
  ])('%i features of %i customers', async (features, customers) => {
    const random = new Random(1);
    const values = Float32Array.from({ length: features * customers }, () => random.normal(1000, 3));
    const weights = Float32Array.from({ length: customers }, (_, i) => (i % 5) + 1);
    for (const given of [undefined, weights]) {
      const found = await momentsOf(values, features, given);
      for (let f = 0; f < features; f++) {
        const row = values.subarray(f * customers, (f + 1) * customers);
        const [total, mean, squares] = exactly(row, given ?? new Float32Array(customers).fill(1));
        expect(found[f][0]).toBe(total);
        expect(found[f][1] / mean).toBeCloseTo(1, 12);
        expect(Math.abs(found[f][2] - squares)).toBeLessThanOrEqual(1e-11 * squares);
      }
    }
  });
});

onEveryDevice('FeatureMoments', () => {
  test.each([
    ['far from zero, hardly apart', () => (i: number) => 16_000_000 + (i % 3)],
    ['all the same', () => () => 0.1],
    [
      'of many magnitudes, with outliers',
      () => (i: number) => (i % 1000 === 7 ? -3e9 : 1e-3) * (1 + (i % 13)),
    ],
    ['below zero', () => (i: number) => -5 - ((i * 7) % 11)],
    ['nothing but zeros', () => () => 0],
  ])('of customers %s', async (_, make) => {
    const customers = 3001;
    const value = make();
    const row = Float32Array.from({ length: customers }, (_, i) => value(i));
    const weights = Float32Array.from({ length: customers }, (_, i) => ((i * 5) % 7) / 3);
    for (const given of [undefined, weights]) {
      const [[total, mean, squares]] = await momentsOf(row, 1, given);
      const exact = exactly(row, given ?? new Float32Array(customers).fill(1));
      expect(Math.abs(total - exact[0])).toBeLessThanOrEqual(1e-12 * exact[0]);
      expect(Math.abs(mean - exact[1])).toBeLessThanOrEqual(1e-12 * Math.abs(exact[1]));
      // What float64 itself leaves of customers that are all the same.
      expect(Math.abs(squares - exact[2])).toBeLessThanOrEqual(1e-11 * exact[2] + 1e-25 * exact[0]);
    }
  });

  test('of nobody, and of customers without weight', async () => {
    expect(await momentsOf(new Float32Array(0), 1)).toEqual([[0, 0, 0]]);
    expect(await momentsOf(Float32Array.from([1, 2, 3]), 1, new Float32Array(3))).toEqual([[0, 0, 0]]);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('shows a %d', async value => {
    const [first, second] = await momentsOf(Float32Array.from([1, 2, 3, 4, value, 6]), 2);
    expect(first).toEqual([3, 2, 2]);
    expect(Number.isFinite(second[1])).toBe(false);
  });
});
