import * as tf from '@tensorflow/tfjs-core';
import { cosineTopK, cosineTopKCost } from '../../ops/index.js';
import { type BenchmarkCase, size } from '../case.js';
import { factors, sampleOf } from '../data.js';
import { far } from './checks.js';
import { memoryOf } from './shape.js';

export function cosineTopKCase(factorCount: number, m: number, n: number, topK: number): BenchmarkCase {
  const cost = cosineTopKCost(factorCount, m, n, topK);
  return {
    kernel: 'CosineTopK',
    shape: `${size(m)} × ${size(n)} × ${factorCount}, top ${topK}`,
    rows: m,
    memory: memoryOf(cost),
    prepare() {
      const [queries, items] = [factors(1, factorCount, m), factors(2, factorCount, n)];
      return {
        cost,
        upload: () => [tf.tensor2d(queries, [factorCount, m]), tf.tensor2d(items, [factorCount, n])],
        run: inputs =>
          Object.values(cosineTopK(inputs[0] as tf.Tensor2D, inputs[1] as tf.Tensor2D, { topK })),
        check([indices, scores]) {
          for (const query of sampleOf(m, 5)) {
            const exact = Array.from({ length: n }, (_, item) =>
              cosineOfColumns(queries, m, query, items, n, item, factorCount),
            );
            const best = exact.toSorted((a, b) => b - a);
            for (let place = 0; place < Math.min(topK, n); place++) {
              const at = query * topK + place;
              if (far(scores[at], best[place], 1) || far(exact[indices[at]], best[place], 1)) {
                return `query ${query}, rank ${place + 1} scores ${scores[at]}, not ${best[place]}`;
              }
            }
          }
          return undefined;
        },
      };
    },
  };
}

function cosineOfColumns(
  a: Float32Array,
  aColumns: number,
  i: number,
  b: Float32Array,
  bColumns: number,
  j: number,
  rows: number,
): number {
  let [product, left, right] = [0, 0, 0];
  for (let row = 0; row < rows; row++) {
    const [x, y] = [a[row * aColumns + i], b[row * bColumns + j]];
    product += x * y;
    left += x * x;
    right += y * y;
  }
  return product / Math.sqrt(left * right);
}
