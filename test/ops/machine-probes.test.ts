import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { fusedMultiplyAdds, streamCopy } from '../../src/ops/index.js';
import { onEveryDevice, read } from '../devices.js';
import { randomMatrix } from './oracle.js';

onEveryDevice('The kernels that measure a machine', () => {
  test.each([
    [1, 1],
    [100, 7],
    [5000, 40],
  ])('FusedMultiplyAdds: %i elements, %i rounds', async (elements, rounds) => {
    const [values] = randomMatrix(1, 1, elements);
    const x = tf.tensor1d(values);
    const [y] = await read(fusedMultiplyAdds(x, rounds));
    x.dispose();
    values.forEach((value, i) => {
      // In closed form: the distance from the fixed point 1 shrinks by the factor each round.
      expect(y[i]).toBeCloseTo(1 + (value - 1) * 0.75 ** rounds, 5);
    });
  });

  test.each([1, 63, 100_001])('StreamCopy: %i elements', async elements => {
    const values = Float32Array.from({ length: elements }, (_, i) => i / 7);
    const x = tf.tensor1d(values);
    const [y] = await read(streamCopy(x, 3));
    x.dispose();
    expect(y).toEqual([...values]);
  });
});
