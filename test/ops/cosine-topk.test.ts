import * as tf from '@tensorflow/tfjs-core';
import { expect, it, test } from 'vitest';
import { type Csr, cosineTopK, csrTensors, disposeCsr, type Similarity } from '../../src/ops/index.js';
import { onEveryDevice, read } from '../devices.js';
import { column, cosine, dot, excludedOf, type Matrix, randomCsr, randomMatrix } from './oracle.js';
import { checkTopK } from './top-k-check.js';

interface Case {
  queries: Matrix;
  items: Matrix;
  topK: number;
  metric?: Similarity;
  exclude?: Csr;
}

async function check({ queries, items, topK, metric = 'cosine', exclude }: Case): Promise<void> {
  const [q, t] = [tf.tensor2d(queries), tf.tensor2d(items)];
  const excludeTensors = exclude && csrTensors(exclude);
  const result = cosineTopK(q, t, { topK, metric, exclude: excludeTensors });
  expect(result.indices.shape).toEqual([queries[0].length, topK]);
  const [indices, scores] = await read(result.indices, result.scores);
  tf.dispose([q, t]);
  if (excludeTensors) disposeCsr(excludeTensors);
  const similarity = metric === 'cosine' ? cosine : dot;
  queries[0].forEach((_, row) => {
    const excluded = excludedOf(exclude, row);
    const candidates = new Map<number, number>();
    items[0].forEach((_, item) => {
      if (!excluded.has(item)) candidates.set(item, similarity(column(queries, row), column(items, item)));
    });
    checkTopK(indices, scores, row, topK, candidates);
  });
}

onEveryDevice('CosineTopK', () => {
  test.each([
    { factors: 1, m: 1, n: 1, topK: 1 },
    { factors: 2, m: 5, n: 3, topK: 10 },
    { factors: 10, m: 70, n: 300, topK: 10 },
    { factors: 64, m: 33, n: 1000, topK: 20 },
    { factors: 130, m: 9, n: 257, topK: 100 },
  ])('$factors factors, $m queries, $n items, top $topK', async ({ factors, m, n, topK }) => {
    const [queries, items] = [randomMatrix(1, factors, m), randomMatrix(2, factors, n)];
    await check({ queries, items, topK });
    await check({ queries, items, topK, metric: 'dot' });
    await check({ queries, items, topK, exclude: randomCsr(3, m, n, 0.3) });
  });

  it('leaves places empty when all is excluded', async () => {
    const [queries, items] = [randomMatrix(4, 3, 4), randomMatrix(5, 3, 6)];
    await check({ queries, items, topK: 3, exclude: randomCsr(6, 4, 6, 1) });
  });

  it('scores a column of zeros 0', async () => {
    await check({ queries: [[0, 1]], items: [[0, 0.5, -1]], topK: 2 });
  });

  it('prefers the lower index among equals', async () => {
    const [queries, items] = [tf.tensor2d([[1]]), tf.tensor2d([[2, 7, 3, 7]])];
    const [indices] = await read(...Object.values(cosineTopK(queries, items, { topK: 3, metric: 'dot' })));
    tf.dispose([queries, items]);
    expect(indices).toEqual([1, 3, 2]);
  });
});
