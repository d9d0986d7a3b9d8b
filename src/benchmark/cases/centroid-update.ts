import * as tf from '@tensorflow/tfjs-core';
import { centroidUpdate, centroidUpdateCost } from '../../ops/index.js';
import type { BenchmarkCase } from '../case.js';
import { labels, uniformMatrix } from '../data.js';
import { checkSums } from './checks.js';
import { customersCase, type Shape } from './shape.js';

export function centroidUpdateCase(shape: Shape): BenchmarkCase {
  const [features, customers, k] = shape;
  return customersCase('CentroidUpdate', shape, centroidUpdateCost(features, customers, k), () => {
    const x = uniformMatrix(1, features, customers);
    const given = labels(2, customers, k);
    return {
      upload: () => [tf.tensor2d(x, [features, customers]), tf.tensor1d(given, 'int32')],
      run: inputs => Object.values(centroidUpdate(inputs[0] as tf.Tensor2D, inputs[1] as tf.Tensor1D, k)),
      check: outputs => checkSums([given, ...outputs], x, shape),
    };
  });
}
