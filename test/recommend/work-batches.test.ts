import fc from 'fast-check';
import { expect, it } from 'vitest';
import { workBatches } from '../../src/recommend/work-batches.js';
import { csr, randomCsr } from './matrices.js';

it('cuts all rows into batches, in order', () => {
  fc.assert(
    fc.property(fc.nat(300), fc.nat(1e6), (rows, seed) => {
      const a = randomCsr(rows, 20, 8, seed);
      const batches = [...workBatches(a, randomCsr(20, 9, 8, seed))];
      expect(batches.flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i))).toEqual([
        ...Array(rows).keys(),
      ]);
    }),
  );
});

it('bounds the rows and the work of a batch', () => {
  const idle = csr(1, Array(150_000).fill({}));
  expect([...workBatches(idle, csr(1, [{}]))].map(([from, to]) => to - from)).toEqual([
    65_536, 65_536, 18_928,
  ]);
  const row = Object.fromEntries(Array.from({ length: 1 << 11 }, (_, i) => [i, 1]));
  const dense = csr(1 << 11, Array(1 << 6).fill(row));
  const other = {
    ...csr(1 << 13, []),
    rows: 1 << 11,
    indptr: Int32Array.from({ length: 2049 }, (_, i) => i << 11),
  };
  expect([...workBatches(dense, other)].map(([from, to]) => to - from)).toEqual([16, 16, 16, 16]);
});
