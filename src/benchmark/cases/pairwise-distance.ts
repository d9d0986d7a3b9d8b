import * as tf from '@tensorflow/tfjs-core';
import { type Metric, pairwiseDistance, pairwiseDistanceCost } from '../../ops/index.js';
import { type BenchmarkCase, size } from '../case.js';
import { distanceOracles, sampleOf, uniformMatrix } from '../data.js';
import { far, sampled } from './checks.js';
import { memoryOf, type Shape } from './shape.js';

export function pairwiseDistanceCase([features, m, n]: Shape, metric: Metric): BenchmarkCase {
  const cost = pairwiseDistanceCost(features, m, n);
  return {
    kernel: 'PairwiseDistance',
    shape: `${metric}, ${size(m)} × ${size(n)} × ${features}`,
    rows: m,
    memory: memoryOf(cost),
    prepare() {
      const [a, b] = [uniformMatrix(1, features, m), uniformMatrix(2, features, n)];
      const column = (x: Float32Array, columns: number, i: number) =>
        Array.from({ length: features }, (_, f) => x[f * columns + i]);
      return {
        cost,
        upload: () => [tf.tensor2d(a, [features, m]), tf.tensor2d(b, [features, n])],
        run: inputs => [pairwiseDistance(inputs[0] as tf.Tensor2D, inputs[1] as tf.Tensor2D, metric)],
        check([distances]) {
          for (const place of sampleOf(m * n, sampled)) {
            const [i, j] = [Math.floor(place / n), place % n];
            const exact = distanceOracles[metric](column(a, m, i), column(b, n, j));
            if (far(distances[place], exact, Math.max(exact, 1)))
              return `the distance of ${i} and ${j} is ${distances[place]}, not ${exact}`;
          }
          return undefined;
        },
      };
    },
  };
}
