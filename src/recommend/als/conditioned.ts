import * as tf from '@tensorflow/tfjs-core';
import { gram } from '../../ops/index.js';
import type { Factors } from './solve.js';

/**
 * Factors of items in a basis in which customers are quickly solved for: with L Lᵀ = yᵀ y + λ I (Cholesky) an item
 * becomes L⁻¹ y and a customer Lᵀ x, which leaves all inner products as they are. The matrix that customers share
 * becomes the identity, to which the items of one add no more than their greatest weight: conjugate gradients, whose
 * steps depend on the spread of the eigenvalues, need a few steps where they took twenty.
 */
export interface Conditioned {
  /** `[items, factors]`, L⁻¹ y. */
  items: Factors;
  /** `[factors, factors]`, L. */
  lower: Float64Array;
}

export async function condition(
  { count, factors, values }: Factors,
  regularisation: number,
): Promise<Conditioned> {
  const y = tf.tensor2d(values, [count, factors]);
  const squares = gram(y);
  const lower = Float64Array.from(await squares.data<'float32'>());
  tf.dispose([y, squares]);
  for (let i = 0; i < factors; i++) lower[i * factors + i] += regularisation;
  decompose(lower, factors);
  const turned = new Float32Array(values.length);
  const row = new Float64Array(factors);
  for (let start = 0; start < values.length; start += factors) {
    for (let i = 0; i < factors; i++) {
      let sum = values[start + i];
      for (let j = 0; j < i; j++) sum -= lower[i * factors + j] * row[j];
      row[i] = sum / lower[i * factors + i];
    }
    turned.set(row, start);
  }
  return { items: { count, factors, values: turned }, lower };
}

/** Turns customers back, in place: Lᵀ x = what is there. */
export function turnBack({ factors, values }: Factors, lower: Float64Array): void {
  const row = new Float64Array(factors);
  for (let start = 0; start < values.length; start += factors) {
    for (let i = 0; i < factors; i++) row[i] = values[start + i];
    for (let i = factors - 1; i >= 0; i--) {
      const solved = row[i] / lower[i * factors + i];
      row[i] = solved;
      for (let j = 0; j < i; j++) row[j] -= lower[i * factors + j] * solved;
    }
    values.set(row, start);
  }
}

/** Cholesky's decomposition of a positive definite matrix, in place of its lower half. */
function decompose(matrix: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * size + j];
      for (let k = 0; k < j; k++) sum -= matrix[i * size + k] * matrix[j * size + k];
      matrix[i * size + j] = i === j ? Math.sqrt(sum) : sum / matrix[j * size + j];
    }
  }
}
