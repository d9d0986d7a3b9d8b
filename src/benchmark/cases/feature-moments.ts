import * as tf from '@tensorflow/tfjs-core';
import { featureMoments, featureMomentsCost } from '../../ops/index.js';
import { type BenchmarkCase, size } from '../case.js';
import { sampleOf, uniformMatrix } from '../data.js';
import { memoryOf, type Shape } from './shape.js';

export function featureMomentsCase([features, customers]: Shape): BenchmarkCase {
  const cost = featureMomentsCost(features, customers);
  return {
    kernel: 'FeatureMoments',
    shape: `${size(customers)} × ${features}`,
    rows: customers,
    memory: memoryOf(cost),
    prepare() {
      const x = uniformMatrix(1, features, customers);
      return {
        cost,
        upload: () => [tf.tensor2d(x, [features, customers])],
        run(inputs) {
          const { moments, residuals } = featureMoments(inputs[0] as tf.Tensor2D);
          return [moments, residuals];
        },
        check([moments, residuals]) {
          for (const feature of sampleOf(features, 3)) {
            const row = x.subarray(feature * customers, (feature + 1) * customers);
            const mean = row.reduce((sum, value) => sum + value, 0) / customers;
            const squares = row.reduce((sum, value) => sum + (value - mean) ** 2, 0);
            for (const [i, exact] of [customers, mean, squares].entries()) {
              const found = moments[3 * feature + i] + residuals[3 * feature + i];
              if (!(Math.abs(found - exact) <= 1e-9 * exact))
                return `moment ${i} of feature ${feature} is ${found}, not ${exact}`;
            }
          }
          return undefined;
        },
      };
    },
  };
}
