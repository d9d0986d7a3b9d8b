import * as tf from '@tensorflow/tfjs-core';
import type { Cost } from '../../ops/index.js';
import { type BenchmarkCase, type PreparedCase, size } from '../case.js';
import { uniformMatrix } from '../data.js';
import { memoryOf } from './shape.js';

/** `a [features, m]`, `b [features, n]` */
export type PairsShape = [features: number, m: number, n: number];

export function pairsWords([features, m, n]: PairsShape): string {
  return `${size(m)} × ${size(n)} × ${features}`;
}

/** A column of one of the two matrices. */
type ColumnOf = (column: number) => number[];

interface PairsWork {
  kernel: string;
  /** The sizes in words. Default: {@link pairsWords}. */
  words?: string;
  cost: Cost;
  run(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor[];
  check(outputs: Parameters<PreparedCase['check']>[0], a: ColumnOf, b: ColumnOf): string | undefined;
}

/** A kernel on the pairs of columns of two matrices. */
export function pairsCase(
  shape: PairsShape,
  { kernel, words = pairsWords(shape), cost, run, check }: PairsWork,
): BenchmarkCase {
  const [features, m, n] = shape;
  return {
    kernel,
    shape: words,
    rows: m,
    memory: memoryOf(cost),
    prepare() {
      const [a, b] = [uniformMatrix(1, features, m), uniformMatrix(2, features, n)];
      const column = (x: Float32Array, columns: number, i: number) =>
        Array.from({ length: features }, (_, f) => x[f * columns + i]);
      return {
        cost,
        upload: () => [tf.tensor2d(a, [features, m]), tf.tensor2d(b, [features, n])],
        run: ([left, right]) => run(left as tf.Tensor2D, right as tf.Tensor2D),
        check: outputs =>
          check(
            outputs,
            i => column(a, m, i),
            j => column(b, n, j),
          ),
      };
    },
  };
}
