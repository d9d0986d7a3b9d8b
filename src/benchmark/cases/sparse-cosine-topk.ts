import {
  type Csr,
  identityRows,
  sparseCosineTopK,
  sparseCosineTopKCost,
  transpose,
} from '../../ops/index.js';
import { type BenchmarkCase, size } from '../case.js';
import { interactions, sampleOf } from '../data.js';
import { far } from './checks.js';
import { csrOf, tensorsOf } from './csr.js';

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
      return {
        cost: sparseCosineTopKCost(byItem, byUser, topK),
        upload: () => [...tensorsOf(byItem), ...tensorsOf(byUser), ...tensorsOf(self)],
        run: inputs =>
          Object.values(
            sparseCosineTopK(csrOf(inputs, items, users), csrOf(inputs.slice(3), users, items), {
              topK,
              exclude: csrOf(inputs.slice(6), items, items),
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
