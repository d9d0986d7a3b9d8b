import '@tensorflow/tfjs-backend-cpu';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Csr } from '../../src/ops/index.js';
import { rowSlice } from '../../src/ops/index.js';
import { ItemNeighbours } from '../../src/recommend/index.js';
import { rowsOf } from '../../src/recommend/sparse-rows.js';

const items = 7;

/** Customers with some of the items, in batches of so many. */
function batchesOf(matrix: Csr, size: number) {
  return async function* () {
    for (let from = 0; from < matrix.rows; from += size) {
      yield { matrix: rowSlice(matrix, from, Math.min(matrix.rows, from + size)) };
    }
  };
}

const customers = fc.array(
  fc.dictionary(fc.integer({ min: 0, max: items - 1 }).map(String), fc.integer({ min: 1, max: 9 }), {
    maxKeys: items,
  }),
  { minLength: 1, maxLength: 30 },
);

it('finds what a fit to all customers at once finds, whatever the memory and the batches', async () => {
  await fc.assert(
    fc.asyncProperty(
      customers,
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom(0, 100, 1000, 1e6),
      fc.constantFrom('cosine', 'dot'),
      async (rows, size, memory, similarity) => {
        const matrix = rowsOf(
          rows.map(row => new Map(Object.entries(row).map(([item, value]) => [Number(item), value]))),
          items,
        );
        const options = { similarity, neighbours: 3 } as const;
        const whole = await new ItemNeighbours(options).fit(matrix);
        const told: number[] = [];
        const inBlocks = await new ItemNeighbours(options).fitBatches(batchesOf(matrix, size), items, {
          memory,
          onProgress: done => told.push(done),
        });
        expect(inBlocks.similar).toEqual(whole.similar);
        expect(inBlocks.popularity.parts).toEqual(whole.popularity.parts);
        expect(told.at(-1)).toBe(items);
      },
    ),
  );
});

it('reads all customers once for each block of items that fits', async () => {
  const everything = new Map(Array.from({ length: items }, (_, item) => [item, 1]));
  const matrix = rowsOf([everything, everything, everything], items);
  const blocksOf = async (memory: number) => {
    const ends: number[] = [];
    const onProgress = (done: number) => ends.push(done);
    await new ItemNeighbours().fitBatches(batchesOf(matrix, 2), items, { memory, onProgress });
    return ends;
  };
  expect(await blocksOf(1)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  // Sums with all items, 8 bytes each.
  expect(await blocksOf(3 * 8 * items)).toEqual([3, 6, 7]);
  expect(await blocksOf(1e6)).toEqual([7]);
});

it('refuses what cannot be found from sums of products alone', async () => {
  const matrix = rowsOf([new Map([[0, 1]])], items);
  const model = new ItemNeighbours({ weighting: 'bm25' });
  expect(model.fitsBatches).toBe(false);
  await expect(model.fitBatches(batchesOf(matrix, 1), items, { memory: 1e6 })).rejects.toThrow(
    'expected the cosine or the product of plain interactions, to be found batch by batch, found cosine, weighted by bm25',
  );
});
