import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../device/native/backend.js';
import { UsageError } from '../errors.js';
import { alsStepOnWebgpu } from './als-step-webgpu.js';
import { checkShapes } from './check.js';
import { bytesOf, type Cost } from './cost.js';
import type { CsrTensors } from './csr.js';
import { registerVersions, runKernel } from './kernel.js';

export interface AlsStepInputs {
  /** Weights `w [m, n]`, each at least 0. */
  indptr: tf.Tensor1D;
  indices: tf.Tensor1D;
  values: tf.Tensor1D;
  /** `[m, factors]`, from where the search starts. */
  x: tf.Tensor2D;
  /** `[n, factors]` */
  y: tf.Tensor2D;
  /** `[factors, factors]`, yᵀ y. */
  gram: tf.Tensor2D;
}

export interface AlsStepAttributes {
  /** λ, at least 0. */
  regularisation: number;
  /** Steps of conjugate gradients. */
  steps: number;
}

/**
 * One half of an iteration of alternating least squares for implicit feedback. With confidences c = 1 + w and
 * preferences 1 where there is an entry (confidence 1 and preference 0 elsewhere), row u of the result comes
 * near the solution x of
 *
 *     (yᵀ y + Σᵢ wᵤᵢ yᵢ yᵢᵀ + λ I) x = Σᵢ (1 + wᵤᵢ) yᵢ,   i over the entries of row u,
 *
 * by some steps of conjugate gradients from `x`; a row without entries becomes 0. (Y. Hu, Y. Koren and
 * C. Volinsky, "Collaborative filtering for implicit feedback datasets", ICDM 2008; conjugate gradients:
 * G. Takács, I. Pilászy and D. Tikk, "Applications of the conjugate gradient method for implicit feedback
 * collaborative filtering", RecSys 2011.)
 *
 * @returns `[m, factors]`
 */
export function alsStep(
  weights: CsrTensors,
  x: tf.Tensor2D,
  y: tf.Tensor2D,
  gram: tf.Tensor2D,
  { regularisation, steps }: AlsStepAttributes,
): tf.Tensor2D {
  checkShapes({ x: [x, 'mf'], y: [y, 'nf'], gram: [gram, 'ff'] });
  const [m, n] = [x.shape[0], y.shape[0]];
  if (weights.rows !== m || weights.columns !== n) {
    throw new UsageError({
      expected: `weights of shape [${m}, ${n}]`,
      found: `[${weights.rows}, ${weights.columns}]`,
    });
  }
  const { indptr, indices, values } = weights;
  const inputs = { indptr, indices, values, x, y, gram };
  return runKernel<[tf.Tensor2D]>('AlsStep', inputs, { regularisation, steps })[0];
}

/** Conjugate gradients need a product with the entries for the residual and one for each step. */
export function alsStepCost(m: number, n: number, entries: number, factors: number, steps: number): Cost {
  const products = (steps + 1) * (4 * entries * factors + 2 * m * factors * factors);
  return {
    flops: products + steps * 10 * m * factors,
    bytes: bytesOf(2 * entries, entries * factors, (2 * m + n) * factors, factors * factors),
  };
}

/** Below this, and below this share of the first one, a squared residual is nothing but rounding. */
const [leastSquare, leastShare] = [1e-20, 1e-13];

function portable(inputs: AlsStepInputs, { regularisation, steps }: AlsStepAttributes): tf.Tensor[] {
  const [m, factors] = inputs.x.shape;
  const [indptr, indices] = [inputs.indptr.dataSync<'int32'>(), inputs.indices.dataSync<'int32'>()];
  const weights = inputs.values.dataSync<'float32'>();
  const y = inputs.y.dataSync<'float32'>();
  const start = inputs.x.dataSync<'float32'>();
  const matrix = Float64Array.from(inputs.gram.dataSync<'float32'>());
  for (let i = 0; i < factors; i++) matrix[i * factors + i] += regularisation;

  const result = new Float32Array(m * factors);
  const vector = () => new Float64Array(factors);
  const [x, residual, direction, product] = [vector(), vector(), vector(), vector()];

  /** `into` becomes the product of the row's matrix with `v`. */
  function multiply(row: number, v: Float64Array, into: Float64Array): void {
    for (let i = 0; i < factors; i++) {
      let sum = 0;
      for (let j = 0; j < factors; j++) sum += matrix[i * factors + j] * v[j];
      into[i] = sum;
    }
    for (let p = indptr[row]; p < indptr[row + 1]; p++) {
      const place = indices[p] * factors;
      let inner = 0;
      for (let i = 0; i < factors; i++) inner += y[place + i] * v[i];
      inner *= weights[p];
      for (let i = 0; i < factors; i++) into[i] += inner * y[place + i];
    }
  }

  for (let row = 0; row < m; row++) {
    if (indptr[row] === indptr[row + 1]) continue;
    for (let i = 0; i < factors; i++) x[i] = start[row * factors + i];
    multiply(row, x, product);
    for (let i = 0; i < factors; i++) residual[i] = -product[i];
    for (let p = indptr[row]; p < indptr[row + 1]; p++) {
      const place = indices[p] * factors;
      for (let i = 0; i < factors; i++) residual[i] += (1 + weights[p]) * y[place + i];
    }
    direction.set(residual);
    let square = dot(residual, residual);
    const settled = Math.max(leastSquare, leastShare * square);
    for (let step = 0; step < steps && square > settled; step++) {
      multiply(row, direction, product);
      const length = square / dot(direction, product);
      for (let i = 0; i < factors; i++) {
        x[i] += length * direction[i];
        residual[i] -= length * product[i];
      }
      const next = dot(residual, residual);
      for (let i = 0; i < factors; i++) direction[i] = residual[i] + (next / square) * direction[i];
      square = next;
    }
    result.set(x, row * factors);
  }
  return [tf.tensor2d(result, [m, factors])];
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function native(
  { indptr, indices, values, x, y, gram }: AlsStepInputs,
  { regularisation, steps }: AlsStepAttributes,
  backend: NativeBackend,
): tf.TensorInfo[] {
  const [m, factors] = x.shape;
  const solved = new Float32Array(m * factors);
  backend.addon.alsStep(
    {
      rows: m,
      columns: y.shape[0],
      indptr: backend.integers(indptr),
      indices: backend.integers(indices),
      values: backend.floats(values),
    },
    backend.floats(x),
    backend.floats(y),
    backend.floats(gram),
    factors,
    regularisation,
    steps,
    solved,
  );
  return [backend.output(solved, m, factors)];
}

registerVersions<AlsStepInputs, AlsStepAttributes>('AlsStep', {
  native,
  webgpu: alsStepOnWebgpu,
  portable,
});
