import * as tf from '@tensorflow/tfjs-core';
import { alsStep, type Csr, csrTensors, disposeCsr, gram, rowSlice } from '../../ops/index.js';

/** The factors of some things, `[count, factors]`, row after row. */
export interface Factors {
  count: number;
  factors: number;
  values: Float32Array;
}

export interface SolveOptions {
  regularisation: number;
  /** Steps of conjugate gradients. */
  steps: number;
  /** Whether the factors of the columns are conditioned: then yᵀ y + λ I counts as the identity. */
  conditioned?: boolean;
  /** Awaited between batches. */
  turn: () => Promise<void>;
}

/** Multiply-adds of one step of conjugate gradients in one batch: a fraction of a second's work. */
const workAtATime = 1 << 26;

/** Improves the factors `x` of the rows of `weights`, given those of its columns, in place. */
export async function solveRows(
  weights: Csr,
  x: Factors,
  y: Factors,
  { regularisation, steps, conditioned = false, turn }: SolveOptions,
): Promise<void> {
  const { factors } = y;
  const columns = tf.tensor2d(y.values, [y.count, factors]);
  const squares = conditioned ? tf.eye(factors) : gram(columns);
  const added = conditioned ? 0 : regularisation;
  try {
    for (const [from, to] of batchesOf(weights, factors)) {
      await turn();
      const rows = csrTensors(rowSlice(weights, from, to));
      const some = x.values.subarray(from * factors, to * factors);
      const start = tf.tensor2d(some, [to - from, factors]);
      const solved = alsStep(rows, start, columns, squares, { regularisation: added, steps });
      some.set(await solved.data<'float32'>());
      disposeCsr(rows);
      tf.dispose([start, solved]);
    }
  } finally {
    tf.dispose([columns, squares]);
  }
}

function* batchesOf({ rows, indptr }: Csr, factors: number): Generator<[from: number, to: number]> {
  let from = 0;
  for (let row = 0; row < rows; row++) {
    const work = (indptr[row + 1] - indptr[from] + (row + 1 - from) * factors) * factors;
    if (work < workAtATime && row + 1 < rows) continue;
    yield [from, row + 1];
    from = row + 1;
  }
}
