import * as tf from '@tensorflow/tfjs-core';
import { lloydStep, lloydStepCost } from '../../ops/index.js';
import type { BenchmarkCase } from '../case.js';
import { uniformMatrix } from '../data.js';
import { checkLabels, checkSums } from './checks.js';
import { customersCase, type Shape } from './shape.js';

export function lloydStepCase(shape: Shape): BenchmarkCase {
  const [features, customers, k] = shape;
  return customersCase('LloydStep', shape, lloydStepCost(features, customers, k), () => {
    const x = uniformMatrix(1, features, customers);
    const centroids = uniformMatrix(2, k, features);
    return {
      upload: () => [tf.tensor2d(x, [features, customers]), tf.tensor2d(centroids, [k, features])],
      run(inputs) {
        const step = lloydStep(inputs[0] as tf.Tensor2D, inputs[1] as tf.Tensor2D);
        return [step.labels, step.sums, step.residuals, step.counts];
      },
      check: outputs => checkLabels(outputs[0], x, centroids, shape) ?? checkSums(outputs, x, shape),
    };
  });
}
