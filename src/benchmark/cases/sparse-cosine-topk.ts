import * as tf from '@tensorflow/tfjs-core';
import {
  type Csr,
  type CsrTensors,
  identityRows,
  sparseCosineTopK,
  sparseCosineTopKCost,
  transpose,
} from '../../ops/index.js';
import { type BenchmarkCase, size } from '../case.js';
import { interactions, sampleOf } from '../data.js';
import { far } from './checks.js';

function tensorsOf({ indptr, indices, values }: Csr): tf.Tensor[] {
  return [tf.tensor1d(indptr, 'int32'), tf.tensor1d(indices, 'int32'), tf.tensor1d(values)];
}

export function sparseCosineTopKCase(
  users: number,
  items: number,
  entries: number,
  topK: number,
): BenchmarkCase {
  return {
    kernel: 'SparseCosineTopK',
    shape: `${size(users)} × ${size(items)}, ${size(entries)} entries, top ${topK}`,
    rows: items,
    memory: 64 * entries,
    prepare() {
      const byUser = interactions(1, users, items, entries);
      const byItem = transpose(byUser);
      const self = identityRows(0, items, items);
      const csr = ([indptr, indices, values]: tf.Tensor[], rows: number, columns: number) =>
        ({ rows, columns, indptr, indices, values }) as CsrTensors;
      return {
        cost: sparseCosineTopKCost(byItem, byUser, topK),
        upload: () => [...tensorsOf(byItem), ...tensorsOf(byUser), ...tensorsOf(self)],
        run: inputs =>
          Object.values(
            sparseCosineTopK(csr(inputs.slice(0, 3), items, users), csr(inputs.slice(3, 6), users, items), {
              topK,
              exclude: csr(inputs.slice(6), items, items),
            }),
          ),
        check([indices, scores]) {
          for (const item of sampleOf(items, 10)) {
            const [neighbour, score] = [indices[item * topK], scores[item * topK]];
            const exact = neighbour < 0 ? score : cosineOfRows(byItem, item, neighbour);
            if (neighbour >= 0 && far(score, exact, 1))
              return `items ${item} and ${neighbour} score ${score}, not ${exact}`;
          }
          return undefined;
        },
      };
    },
  };
}

function cosineOfRows({ indptr, indices, values }: Csr, i: number, j: number): number {
  const left = new Map<number, number>();
  let [leftNorm, rightNorm, product] = [0, 0, 0];
  for (let p = indptr[i]; p < indptr[i + 1]; p++) {
    left.set(indices[p], values[p]);
    leftNorm += values[p] ** 2;
  }
  for (let p = indptr[j]; p < indptr[j + 1]; p++) {
    product += values[p] * (left.get(indices[p]) ?? 0);
    rightNorm += values[p] ** 2;
  }
  return product / Math.sqrt(leftNorm * rightNorm);
}
