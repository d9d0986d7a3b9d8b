import * as tf from '@tensorflow/tfjs-core';
import { lloydSteps, lloydStepsCost } from '../../ops/index.js';
import type { BenchmarkCase } from '../case.js';
import { uniformMatrix } from '../data.js';
import { checkMembers } from './checks.js';
import { customersCase, type Shape } from './shape.js';

const steps = 4;

/**
 * Steps of Lloyd's algorithm in one call, or in several where the device makes fewer at a time. The cost is that of all
 * distances: a device that skips some comes closer to its limits than its arithmetic does.
 */
export function lloydStepsCase(shape: Shape): BenchmarkCase {
  const [features, customers, k] = shape;
  return customersCase('LloydSteps', shape, lloydStepsCost(features, customers, k, steps), () => {
    const x = uniformMatrix(1, features, customers);
    const centroids = uniformMatrix(2, k, features);
    return {
      upload: () => [tf.tensor2d(x, [features, customers]), tf.tensor2d(centroids, [k, features])],
      run(inputs) {
        const [data, first] = [inputs[0] as tf.Tensor2D, inputs[1] as tf.Tensor2D];
        const make = (left: number) =>
          lloydSteps({ x: data, centroids: first }, { steps: left, tolerance: 0 });
        const { sums, residuals, counts, state } = make(steps);
        state.dispose();
        for (let made = counts.shape[0]; made < steps; ) {
          const more = make(steps - made);
          made += more.counts.shape[0];
          tf.dispose(Object.values(more));
        }
        return [sums, residuals, counts];
      },
      // Those of the first step.
      check: outputs => checkMembers(outputs, x, centroids, shape),
    };
  });
}
