import * as tf from '@tensorflow/tfjs-core';
import { nearestCentroid, nearestCentroidCost } from '../../ops/index.js';
import type { BenchmarkCase } from '../case.js';
import { sampleOf, uniformMatrix } from '../data.js';
import { checkLabels, far, nearestOf, sampled } from './checks.js';
import { customersCase, type Shape } from './shape.js';

export function nearestCentroidCase(shape: Shape): BenchmarkCase {
  const [features, customers, k] = shape;
  return customersCase('NearestCentroid', shape, nearestCentroidCost(features, customers, k), () => {
    const x = uniformMatrix(1, features, customers);
    const centroids = uniformMatrix(2, k, features);
    return {
      upload: () => [tf.tensor2d(x, [features, customers]), tf.tensor2d(centroids, [k, features])],
      run: inputs => Object.values(nearestCentroid(inputs[0] as tf.Tensor2D, inputs[1] as tf.Tensor2D)),
      check([found, distances]) {
        for (const i of sampleOf(customers, sampled)) {
          const exact = nearestOf(x, centroids, shape, i).distances[found[i]];
          if (far(distances[i], exact, exact))
            return `customer ${i} got distance ${distances[i]}, not ${exact}`;
        }
        return checkLabels(found, x, centroids, shape);
      },
    };
  });
}
