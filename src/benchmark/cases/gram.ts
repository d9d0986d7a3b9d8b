import * as tf from '@tensorflow/tfjs-core';
import { gram, gramCost } from '../../ops/index.js';
import { type BenchmarkCase, size } from '../case.js';
import { factors, sampleOf } from '../data.js';
import { far } from './checks.js';
import { memoryOf } from './shape.js';

export function gramCase(n: number, factorCount: number): BenchmarkCase {
  const cost = gramCost(n, factorCount);
  return {
    kernel: 'Gram',
    shape: `${size(n)} × ${factorCount}`,
    rows: n,
    memory: memoryOf(cost),
    prepare() {
      const y = factors(1, n, factorCount);
      return {
        cost,
        upload: () => [tf.tensor2d(y, [n, factorCount])],
        run: inputs => [gram(inputs[0] as tf.Tensor2D)],
        check([products]) {
          for (const place of sampleOf(factorCount ** 2, 10)) {
            const [i, j] = [Math.floor(place / factorCount), place % factorCount];
            let exact = 0;
            for (let row = 0; row < n; row++) exact += y[row * factorCount + i] * y[row * factorCount + j];
            if (far(products[place], exact, n)) return `product ${place} is ${products[place]}, not ${exact}`;
          }
          return undefined;
        },
      };
    },
  };
}
