import * as tf from '@tensorflow/tfjs-core';
import { radiusCounts, radiusCountsCost } from '../../ops/index.js';
import { type BenchmarkCase, size } from '../case.js';
import { distanceOracles, sampleOf, uniformMatrix } from '../data.js';
import { memoryOf, type Shape } from './shape.js';

/** The cost is that of all distances: a device that skips some comes closer to its limits than its arithmetic does. */
export function radiusCountsCase([features, m, n]: Shape): BenchmarkCase {
  const cost = radiusCountsCost(features, m, n);
  // A few of a hundred.
  const radius = 0.35 * Math.sqrt(features);
  return {
    kernel: 'RadiusCounts',
    shape: `${size(m)} × ${size(n)} × ${features}`,
    rows: m,
    memory: memoryOf(cost),
    prepare() {
      const [a, b] = [uniformMatrix(1, features, m), uniformMatrix(2, features, n)];
      const column = (x: Float32Array, columns: number, i: number) =>
        Array.from({ length: features }, (_, f) => x[f * columns + i]);
      return {
        cost,
        upload: () => [tf.tensor2d(a, [features, m]), tf.tensor2d(b, [features, n])],
        run: inputs => [
          radiusCounts(inputs[0] as tf.Tensor2D, inputs[1] as tf.Tensor2D, { radius, metric: 'euclidean' }),
        ],
        check([counts]) {
          for (const i of sampleOf(m, 5)) {
            const from = column(a, m, i);
            const distances = Array.from({ length: n }, (_, j) =>
              distanceOracles.euclidean(from, column(b, n, j)),
            );
            // Pairs at the radius may fall on either side.
            const within = (limit: number) => distances.filter(distance => distance <= limit).length;
            const [least, most] = [within(radius * (1 - 1e-5)), within(radius * (1 + 1e-5))];
            if (!(counts[i] >= least && counts[i] <= most))
              return `customer ${i} has ${counts[i]} neighbours, not ${least}`;
          }
          return undefined;
        },
      };
    },
  };
}
