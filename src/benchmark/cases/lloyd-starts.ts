import * as tf from '@tensorflow/tfjs-core';
import { lloydStarts, lloydStartsCost } from '../../ops/index.js';
import type { BenchmarkCase } from '../case.js';
import { uniformMatrix } from '../data.js';
import { checkMembers } from './checks.js';
import { customersCase, type Shape } from './shape.js';

const steps = 4;

/** The cost is that of all steps of every start, on every device. */
export function lloydStartsCase(shape: Shape, starts: number): BenchmarkCase {
  const [features, customers, k] = shape;
  const cost = lloydStartsCost(features, customers, k, steps, starts);
  const size = k * features;
  const prepare = () => {
    const x = uniformMatrix(1, features, customers);
    const centroids = uniformMatrix(2, starts * k, features);
    return {
      upload: () => [tf.tensor2d(x, [features, customers]), tf.tensor3d(centroids, [starts, k, features])],
      run(inputs: tf.Tensor[]) {
        const [data, first] = [inputs[0] as tf.Tensor2D, inputs[1] as tf.Tensor3D];
        const { sums, residuals, counts, made } = lloydStarts(
          { x: data, centroids: first },
          { steps, tolerance: 0 },
        );
        return [sums, residuals, counts, made];
      },
      // Those of the first step of the first and of the last start.
      check: ([sums, residuals, counts]: ArrayLike<number>[]) =>
        [0, starts - 1]
          .map(start => {
            const part = (values: ArrayLike<number>, length: number) =>
              Array.from({ length }, (_, i) => values[start * steps * length + i]);
            const own = centroids.subarray(start * size, (start + 1) * size);
            return checkMembers([part(sums, size), part(residuals, size), part(counts, k)], x, own, shape);
          })
          .find(complaint => complaint !== undefined),
    };
  };
  return customersCase('LloydStarts', shape, cost, prepare, `${starts} starts`);
}
