import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { lloydStarts, lloydSteps } from '../../src/ops/index.js';
import { Random } from '../../src/random.js';
import { onEveryDevice, read } from '../devices.js';

function normals(seed: number, ...shape: number[]): tf.Tensor {
  const random = new Random(seed);
  const count = shape.reduce((product, size) => product * size, 1);
  return tf.tensor(
    Float32Array.from({ length: count }, () => random.normal()),
    shape,
  );
}

onEveryDevice('LloydStarts', () => {
  it.each([
    [3, 900, 4, false],
    [5, 2500, 7, true],
    [20, 600, 40, false],
  ])('%i features, %i customers, k = %i: the steps of every start', async (d, n, k, weighted) => {
    const tensors = tf.memory().numTensors;
    const [steps, starts] = [6, 5];
    const x = normals(1, d, n) as tf.Tensor2D;
    const weights = weighted ? (tf.tidy(() => tf.abs(normals(2, n))) as tf.Tensor1D) : undefined;
    const centroids = normals(3, starts, k, d) as tf.Tensor3D;
    const found = lloydStarts({ x, centroids, weights }, { steps, tolerance: 0.01 });
    const [sums, residuals, counts, made] = await read(found.sums, found.residuals, found.counts, found.made);
    for (const [start, first] of (tf.unstack(centroids) as tf.Tensor2D[]).entries()) {
      const alone = lloydSteps({ x, centroids: first, weights }, { steps, tolerance: 0.01 });
      expect(made[start]).toBe(alone.counts.shape[0]);
      const size = made[start] * k * d;
      const [from, countsFrom] = [start * steps * k * d, start * steps * k];
      const wanted = await read(alone.sums, alone.residuals, alone.counts);
      expect([
        sums.slice(from, from + size),
        residuals.slice(from, from + size),
        counts.slice(countsFrom, countsFrom + made[start] * k),
      ]).toEqual(wanted);
      tf.dispose([first, alone.state]);
    }
    tf.dispose([x, centroids, weights ?? []]);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
