import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { alsStep, csrTensors, disposeCsr, gram } from '../../src/ops/index.js';
import { onDevice, onEveryDevice, read } from '../devices.js';
import { dot, denseRows as entriesOf, type Matrix, randomCsr, randomMatrix } from './oracle.js';

/** Solves a symmetric positive definite system by Gaussian elimination. */
function solve(matrix: Matrix, right: number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]]);
  const n = rows.length;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const factor = rows[j][i] / rows[i][i];
      for (let c = i; c <= n; c++) rows[j][c] -= factor * rows[i][c];
    }
  }
  const x = new Array<number>(n).fill(0);
  for (let i = n - 1; i >= 0; i--) {
    x[i] = (rows[i][n] - dot(rows[i].slice(i + 1, n), x.slice(i + 1))) / rows[i][i];
  }
  return x;
}

/** Σ c (p - x y)² + λ ‖x‖² of one row, over all columns. */
function objective(x: number[], y: Matrix, weights: number[], regularisation: number): number {
  const errors = y.map((row, i) => (1 + weights[i]) * ((weights[i] > 0 ? 1 : 0) - dot(x, row)) ** 2);
  return errors.reduce((sum, error) => sum + error, 0) + regularisation * dot(x, x);
}

async function step(m: number, n: number, factors: number, steps: number) {
  const weights = randomCsr(5, m, n, 0.3);
  const [y, x] = [randomMatrix(1, n, factors), randomMatrix(2, m, factors)];
  const uploaded = csrTensors(weights);
  const [yTensor, xTensor] = [tf.tensor2d(y, [n, factors]), tf.tensor2d(x, [m, factors])];
  const squares = gram(yTensor);
  const solved = alsStep(uploaded, xTensor, yTensor, squares, { regularisation: 0.5, steps });
  const [products, values] = await read(squares, solved);
  disposeCsr(uploaded);
  tf.dispose([yTensor, xTensor]);
  const rows = x.map((_, u) => values.slice(u * factors, (u + 1) * factors));
  return { weights: entriesOf(weights), y, x, products, rows };
}

onEveryDevice('AlsStep', () => {
  it('solves the normal equations when it takes as many steps as there are factors', async () => {
    const before = tf.memory().numTensors;
    const { weights, y, products, rows } = await step(20, 30, 5, 12);
    expect(tf.memory().numTensors).toBe(before);
    const columns = y[0].map((_, i) => y.map(row => row[i]));
    columns.forEach((a, i) => {
      columns.forEach((b, j) => {
        expect(products[i * 5 + j]).toBeCloseTo(dot(a, b), 4);
      });
    });
    rows.forEach((found, u) => {
      const w = weights[u];
      const matrix = columns.map((a, i) =>
        columns.map((b, j) => {
          const weighted = b.map((value, item) => value * (1 + w[item]));
          return dot(a, weighted) + (i === j ? 0.5 : 0);
        }),
      );
      const right = columns.map(a =>
        a.reduce((sum, value, item) => sum + (w[item] > 0 ? (1 + w[item]) * value : 0), 0),
      );
      solve(matrix, right).forEach((value, i) => {
        expect(found[i]).toBeCloseTo(value, 4);
      });
    });
  });

  it('makes the products of many rows, of a number of factors that fits no tile', async () => {
    const [n, factors] = [3003, 133];
    const y = randomMatrix(7, n, factors, 0.5);
    const tensor = tf.tensor2d(y);
    const [products] = await read(gram(tensor));
    tensor.dispose();
    for (const [i, j] of [
      [0, 0],
      [31, 32],
      [132, 5],
      [132, 132],
      [63, 64],
      [128, 70],
    ]) {
      const exact = y.reduce((sum, row) => sum + row[i] * row[j], 0);
      expect(Math.abs(products[i * factors + j] - exact)).toBeLessThanOrEqual(1e-6 * (n + Math.abs(exact)));
      expect(products[j * factors + i]).toBe(products[i * factors + j]);
    }
  });

  it('comes nearer with each step, with more factors and entries than a workgroup has threads', async () => {
    const { weights, y, x, rows } = await step(9, 700, 70, 2);
    rows.forEach((row, u) => {
      const at = (point: number[]) => objective(point, y, weights[u], 0.5);
      expect(at(row)).toBeLessThan(at(x[u]));
    });
  });

  it('comes nearer with each step', async () => {
    const { weights, y, x, rows } = await step(40, 30, 16, 1);
    const further = await step(40, 30, 16, 3);
    rows.forEach((row, u) => {
      if (weights[u].every(weight => weight === 0)) return;
      const at = (point: number[]) => objective(point, y, weights[u], 0.5);
      expect(at(row)).toBeLessThan(at(x[u]));
      expect(at(further.rows[u])).toBeLessThan(at(row));
    });
  });
});

describe('AlsStep', () => {
  onDevice('cpu');

  it('gives 0 to a row without entries, and refuses weights of another shape', async () => {
    const nothing = { rows: 1, columns: 2, indptr: new Int32Array(2), indices: new Int32Array(0) };
    const weights = csrTensors({ ...nothing, values: new Float32Array(0) });
    const [x, y] = [
      tf.tensor2d([[3, 4]]),
      tf.tensor2d([
        [1, 0],
        [0, 1],
      ]),
    ];
    const options = { regularisation: 1, steps: 3 };
    expect(await read(alsStep(weights, x, y, gram(y), options))).toEqual([[0, 0]]);
    expect(() => alsStep({ ...weights, rows: 2 }, x, y, gram(y), options)).toThrow(
      'expected weights of shape [1, 2], found [2, 2]',
    );
  });
});
