import * as tf from '@tensorflow/tfjs-core';
import { plusPlusCost, plusPlusStarts, times } from '../../ops/index.js';
import type { BenchmarkCase } from '../case.js';
import { uniformMatrix } from '../data.js';
import { checkChosen, trials } from './plus-plus.js';
import { customersCase, type Shape } from './shape.js';

export function plusPlusStartsCase(shape: Shape, starts: number): BenchmarkCase {
  const [features, customers, k] = shape;
  const cost = times(starts, plusPlusCost(features, customers, k, trials));
  const prepare = () => {
    const x = uniformMatrix(1, features, customers);
    // Uniform in [0, 2): half of them are chances.
    const draws = uniformMatrix(2, starts * k, trials).map(value => value / 2);
    return {
      upload: () => [tf.tensor2d(x, [features, customers]), tf.tensor3d(draws, [starts, k, trials])],
      run: (inputs: tf.Tensor[]) => [plusPlusStarts(inputs[0] as tf.Tensor2D, inputs[1] as tf.Tensor3D)],
      check([chosen]: ArrayLike<number>[]) {
        const ofStart = (start: number) => Array.from(chosen).slice(start * k, (start + 1) * k);
        return Array.from({ length: starts }, (_, start) =>
          checkChosen(ofStart(start), draws[start * k * trials], customers),
        ).find(complaint => complaint !== undefined);
      },
    };
  };
  return customersCase('PlusPlusStarts', shape, cost, prepare, `${starts} starts`);
}
