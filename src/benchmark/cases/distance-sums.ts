import * as tf from '@tensorflow/tfjs-core';
import { distanceSums, distanceSumsCost } from '../../ops/index.js';
import { type BenchmarkCase, size } from '../case.js';
import { distanceOracles, sampleOf, uniformMatrix } from '../data.js';
import { far } from './checks.js';
import { memoryOf, type Shape } from './shape.js';

const segments = 8;

export function distanceSumsCase([features, m, n]: Shape): BenchmarkCase {
  const cost = distanceSumsCost(features, m, n, segments);
  return {
    kernel: 'DistanceSums',
    shape: `${size(m)} × ${size(n)} × ${features}, ${segments} segments`,
    rows: m,
    memory: memoryOf(cost),
    prepare() {
      const [a, b] = [uniformMatrix(1, features, m), uniformMatrix(2, features, n)];
      const starts = Int32Array.from({ length: segments + 1 }, (_, s) => Math.floor((s * n) / segments));
      const column = (x: Float32Array, columns: number, i: number) =>
        Array.from({ length: features }, (_, f) => x[f * columns + i]);
      return {
        cost,
        upload: () => [
          tf.tensor2d(a, [features, m]),
          tf.tensor2d(b, [features, n]),
          tf.tensor1d(starts, 'int32'),
        ],
        run: ([left, right, begin]) => [
          distanceSums(left as tf.Tensor2D, right as tf.Tensor2D, begin as tf.Tensor1D, 'euclidean'),
        ],
        check([sums]) {
          for (const place of sampleOf(m * segments, 10)) {
            const [i, s] = [Math.floor(place / segments), place % segments];
            let exact = 0;
            for (let j = starts[s]; j < starts[s + 1]; j++)
              exact += distanceOracles.euclidean(column(a, m, i), column(b, n, j));
            if (far(sums[place], exact, exact))
              return `the distances of customer ${i} to segment ${s} sum to ${sums[place]}, not ${exact}`;
          }
          return undefined;
        },
      };
    },
  };
}
