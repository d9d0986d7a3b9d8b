import { expect, it, test } from 'vitest';
import {
  type Csr,
  csrTensors,
  disposeCsr,
  identityRows,
  type Similarity,
  sparseCosineTopK,
  transpose,
} from '../../src/ops/index.js';
import { onEveryDevice, read } from '../devices.js';
import { cosine, denseRows, dot, excludedOf, randomCsr } from './oracle.js';
import { checkTopK } from './top-k-check.js';

interface Case {
  a: Csr;
  b: Csr;
  topK: number;
  metric?: Similarity;
  exclude?: Csr;
}

async function topKOf({ a, b, topK, metric, exclude }: Case): Promise<number[][]> {
  const tensors = [csrTensors(a), csrTensors(transpose(b)), ...(exclude ? [csrTensors(exclude)] : [])];
  const result = sparseCosineTopK(tensors[0], tensors[1], { topK, metric, exclude: tensors[2] });
  expect(result.indices.shape).toEqual([a.rows, topK]);
  const values = await read(result.indices, result.scores);
  tensors.forEach(disposeCsr);
  return values;
}

async function check(given: Case): Promise<void> {
  const { a, b, topK, metric = 'cosine', exclude } = given;
  const [indices, scores] = await topKOf(given);
  const [rows, others] = [denseRows(a), denseRows(b)];
  const similarity = metric === 'cosine' ? cosine : dot;
  rows.forEach((row, i) => {
    const excluded = excludedOf(exclude, i);
    const candidates = new Map<number, number>();
    others.forEach((other, j) => {
      const shared = row.some((value, c) => value !== 0 && other[c] !== 0);
      if (shared && !excluded.has(j)) candidates.set(j, similarity(row, other));
    });
    checkTopK(indices, scores, i, topK, candidates);
  });
}

onEveryDevice('SparseCosineTopK', () => {
  test.each([
    { m: 1, n: 1, columns: 1, density: 1, topK: 1 },
    { m: 7, n: 5, columns: 4, density: 0.4, topK: 8 },
    { m: 60, n: 300, columns: 40, density: 0.1, topK: 10 },
    { m: 33, n: 1000, columns: 70, density: 0.05, topK: 100 },
    { m: 20, n: 20, columns: 50, density: 0, topK: 3 },
  ])('$m × $n rows of $columns, density $density, top $topK', async ({ m, n, columns, density, topK }) => {
    const [a, b] = [randomCsr(1, m, columns, density), randomCsr(2, n, columns, density)];
    await check({ a, b, topK });
    await check({ a, b, topK, metric: 'dot' });
    await check({ a, b, topK, exclude: randomCsr(3, m, n, 0.2) });
  });

  it('finds the neighbours of each row but itself', async () => {
    const a = randomCsr(4, 50, 30, 0.2);
    await check({ a, b: a, topK: 5, exclude: identityRows(0, 50, 50) });
  });

  it('gives two equal rows the cosine 1', async () => {
    const a: Csr = {
      rows: 2,
      columns: 3,
      indptr: Int32Array.of(0, 2, 4),
      indices: Int32Array.of(0, 2, 0, 2),
      values: Float32Array.of(1, 1, 1, 1),
    };
    const [indices, scores] = await topKOf({ a, b: a, topK: 1, exclude: identityRows(0, 2, 2) });
    expect(indices).toEqual([1, 0]);
    expect(scores[0]).toBeCloseTo(1, 6);
  });
});
