import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Csr,
  csrTensors,
  disposeCsr,
  likersOf,
  strongestNeighbour,
  transpose,
} from '../../src/ops/index.js';
import { Random } from '../../src/random.js';
import { onEveryDevice, read } from '../devices.js';
import { denseRows, randomCsr } from './oracle.js';

/** Distinct items for each row, some places empty. */
function someItems(seed: number, rows: number, count: number, items: number): Int32Array {
  const random = new Random(seed);
  return Int32Array.from({ length: rows * count }, (_, i) =>
    random.uniform() < 0.2 ? -1 : ((i % count) * 7 + Math.floor(i / count)) % items,
  );
}

function oracle(owned: Csr, similar: Csr, recommended: Int32Array, count: number): number[] {
  const similarities = denseRows(similar);
  return Array.from(recommended, (item, place) => {
    let [most, because] = [Number.NEGATIVE_INFINITY, -1];
    const row = Math.floor(place / count);
    for (let p = owned.indptr[row]; item >= 0 && p < owned.indptr[row + 1]; p++) {
      const similarity = similarities[owned.indices[p]][item];
      if (similarity === 0 || owned.values[p] * similarity <= most) continue;
      [most, because] = [owned.values[p] * similarity, owned.indices[p]];
    }
    return because;
  });
}

async function strongest(owned: Csr, similar: Csr, recommended: Int32Array, count: number) {
  const tensors = [owned, similar, likersOf(similar)].map(csrTensors);
  const places = tf.tensor2d(recommended, [owned.rows, count], 'int32');
  const [found] = await read(strongestNeighbour(tensors[0], tensors[1], tensors[2], places));
  tensors.forEach(disposeCsr);
  places.dispose();
  return found;
}

onEveryDevice('StrongestNeighbour', () => {
  it.each([
    { m: 200, n: 120, density: 0.1, count: 10, value: (x: number) => x },
    { m: 150, n: 300, density: 0.02, count: 5, value: () => 1 },
    // One item counts for so much that the search from the most similar on does not end by itself.
    { m: 100, n: 300, density: 0.05, count: 10, value: (x: number, i: number) => (i % 9 === 0 ? 1e4 : x) },
    { m: 20, n: 40, density: 0.2, count: 3, value: (x: number) => -x },
    { m: 20, n: 40, density: 0.2, count: 3, value: () => 0 },
  ])('$m customers, $n items, density $density, $count places', async ({ m, n, density, count, value }) => {
    const before = tf.memory().numTensors;
    const owned = randomCsr(1, m, n, density);
    owned.values.forEach((x, i) => {
      owned.values[i] = value(x, i);
    });
    // Whole numbers: ties are common.
    const similar = randomCsr(2, n, n, 0.3);
    const recommended = someItems(3, m, count, n);
    expect(await strongest(owned, similar, recommended, count)).toEqual(
      oracle(owned, similar, recommended, count),
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('likersOf', () => {
  it('transposes, and sorts each row by descending value, then by column', () => {
    fc.assert(
      fc.property(fc.nat(), seed => {
        const matrix = randomCsr(seed, 9, 6, 0.5);
        const [likers, transposed] = [likersOf(matrix), transpose(matrix)];
        expect(likers.indptr).toEqual(transposed.indptr);
        for (let row = 0; row < 6; row++) {
          const entries = ({ indptr, indices, values }: Csr) =>
            [...indices.subarray(indptr[row], indptr[row + 1])].map((c, i) => [c, values[indptr[row] + i]]);
          expect(entries(likers)).toEqual(entries(transposed).sort((a, b) => b[1] - a[1] || a[0] - b[0]));
        }
      }),
      { numRuns: 50 },
    );
    const values = Float32Array.of(1e-30, 0.5, 3e38, 0, 0.50000006);
    const indptr = Int32Array.of(0, 1, 2, 3, 4, 5);
    const column = { rows: 5, columns: 1, indptr, indices: new Int32Array(5), values };
    expect([...likersOf(column).indices]).toEqual([2, 4, 1, 0, 3]);
  });
});
