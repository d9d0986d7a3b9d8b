import * as tf from '@tensorflow/tfjs-core';
import { plusPlus, plusPlusCost } from '../../ops/index.js';
import type { BenchmarkCase } from '../case.js';
import { uniformMatrix } from '../data.js';
import { customersCase, type Shape } from './shape.js';

/** Customers tried in each round. */
export const trials = 4;

/** Whoever is first is drawn with all chances equal, the others at a distance from each other. */
export function checkChosen(
  chosen: ArrayLike<number>,
  firstDraw: number,
  customers: number,
): string | undefined {
  const first = Math.floor(firstDraw * customers);
  if (Math.abs(chosen[0] - first) > 1) return `customer ${chosen[0]} is chosen first, not ${first}`;
  const others = new Set(Array.from(chosen).filter(i => i >= 0 && i < customers));
  return others.size === chosen.length
    ? undefined
    : `${others.size} customers are chosen, not ${chosen.length}`;
}

export function plusPlusCase(shape: Shape): BenchmarkCase {
  const [features, customers, k] = shape;
  return customersCase('PlusPlus', shape, plusPlusCost(features, customers, k, trials), () => {
    const x = uniformMatrix(1, features, customers);
    // Uniform in [0, 2): half of them are chances.
    const draws = uniformMatrix(2, k, trials).map(value => value / 2);
    return {
      upload: () => [tf.tensor2d(x, [features, customers]), tf.tensor2d(draws, [k, trials])],
      run: inputs => [plusPlus(inputs[0] as tf.Tensor2D, inputs[1] as tf.Tensor2D)],
      check: ([chosen]) => checkChosen(chosen, draws[0], customers),
    };
  });
}
