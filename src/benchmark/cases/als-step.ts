import * as tf from '@tensorflow/tfjs-core';
import { alsStep, alsStepCost, type Csr } from '../../ops/index.js';
import { type BenchmarkCase, size } from '../case.js';
import { factors, interactions, sampleOf } from '../data.js';
import { csrOf, tensorsOf } from './csr.js';

const steps = 3;
const regularisation = 1;

export function alsStepCase(
  users: number,
  items: number,
  entries: number,
  factorCount: number,
): BenchmarkCase {
  return {
    kernel: 'AlsStep',
    shape: `${size(users)} × ${size(items)}, ${size(entries)} entries, ${factorCount} factors`,
    rows: users,
    memory: 8 * (2 * entries + (2 * users + items) * factorCount),
    prepare() {
      const weights = interactions(1, users, items, entries);
      const [x, y] = [factors(2, users, factorCount), factors(3, items, factorCount)];
      const products = gramOf(y, factorCount);
      return {
        cost: alsStepCost(users, items, weights.indices.length, factorCount, steps),
        upload: () => [
          ...tensorsOf(weights),
          tf.tensor2d(x, [users, factorCount]),
          tf.tensor2d(y, [items, factorCount]),
          tf.tensor2d(products, [factorCount, factorCount]),
        ],
        run(inputs) {
          const [start, others, gram] = inputs.slice(3) as tf.Tensor2D[];
          return [alsStep(csrOf(inputs, users, items), start, others, gram, { regularisation, steps })];
        },
        check([found]) {
          for (const user of sampleOf(users, 10)) {
            const exact = solve(weights, user, x, y, products, factorCount);
            // Rounding is that of where the search starts.
            const scale = Math.max(1, ...exact.map(Math.abs));
            for (const [i, value] of exact.entries()) {
              const factor = found[user * factorCount + i];
              if (!(Math.abs(factor - value) <= 3e-4 * scale))
                return `factor ${i} of user ${user} is ${factor}, not ${value}`;
            }
          }
          return undefined;
        },
      };
    },
  };
}

function gramOf(y: Float32Array, size: number): Float32Array {
  const sums = new Float64Array(size * size);
  for (let row = 0; row < y.length; row += size) {
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) sums[i * size + j] += y[row + i] * y[row + j];
    }
  }
  return Float32Array.from(sums);
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

/** The steps of conjugate gradients for one user, in float64. */
function solve(
  { indptr, indices, values }: Csr,
  user: number,
  x: Float32Array,
  y: Float32Array,
  gram: Float32Array,
  size: number,
): Float64Array {
  const solution = Float64Array.from(x.subarray(user * size, (user + 1) * size));
  const entries = Array.from({ length: indptr[user + 1] - indptr[user] }, (_, p) => ({
    row: Float64Array.from(
      y.subarray(indices[indptr[user] + p] * size, (indices[indptr[user] + p] + 1) * size),
    ),
    weight: values[indptr[user] + p],
  }));
  if (entries.length === 0) return solution.fill(0);
  const product = (v: Float64Array) => {
    const result = v.map(
      (value, i) =>
        regularisation * value + dot(v, Float64Array.from(gram.subarray(i * size, (i + 1) * size))),
    );
    for (const { row, weight } of entries) {
      const inner = weight * dot(row, v);
      for (let i = 0; i < size; i++) result[i] += inner * row[i];
    }
    return result;
  };
  const residual = product(solution).map(value => -value);
  for (const { row, weight } of entries) for (let i = 0; i < size; i++) residual[i] += (1 + weight) * row[i];
  let direction = residual.slice();
  let square = dot(residual, residual);
  for (let step = 0; step < steps; step++) {
    const image = product(direction);
    const length = square / dot(direction, image);
    for (let i = 0; i < size; i++) {
      solution[i] += length * direction[i];
      residual[i] -= length * image[i];
    }
    const next = dot(residual, residual);
    direction = direction.map((value, i) => residual[i] + (next / square) * value);
    square = next;
  }
  return solution;
}
