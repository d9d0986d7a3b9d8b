import * as tf from '@tensorflow/tfjs-core';
import { nearestLabel, nearestLabelCost } from '../../ops/index.js';
import type { BenchmarkCase } from '../case.js';
import { uniformMatrix } from '../data.js';
import { checkLabels } from './checks.js';
import { customersCase, type Shape } from './shape.js';

export function nearestLabelCase(shape: Shape): BenchmarkCase {
  const [features, customers, k] = shape;
  return customersCase('NearestLabel', shape, nearestLabelCost(features, customers, k), () => {
    const x = uniformMatrix(1, features, customers);
    const centroids = uniformMatrix(2, k, features);
    return {
      upload: () => [tf.tensor2d(x, [features, customers]), tf.tensor2d(centroids, [k, features])],
      run: inputs => Object.values(nearestLabel(inputs[0] as tf.Tensor2D, inputs[1] as tf.Tensor2D)),
      check([found, check]) {
        if (!Array.from(check).every(Number.isFinite))
          return 'finite customers are taken for such as are not';
        return checkLabels(found, x, centroids, shape);
      },
    };
  });
}
