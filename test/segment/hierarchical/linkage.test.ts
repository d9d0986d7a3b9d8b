import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adjustedRandIndex } from '../../../src/evaluate/adjusted-rand.js';
import { Random } from '../../../src/random.js';
import {
  cutTree,
  type Linkage,
  type LinkageMethod,
  linkage,
  linkageMatrix,
  linkageMethods,
} from '../../../src/segment/hierarchical/index.js';
import { dataset } from '../../datasets.js';
import { onDevice } from '../../devices.js';
import { mallColumns, matrix, readColumns, scalings, wholesaleColumns } from '../tables.js';
import { linkageByDefinition } from './oracle.js';

const mall = dataset('mall-customers/Mall_Customers.csv');
const wholesale = dataset('wholesale-customers/Wholesale customers data.csv');

const columnsOf = (rows: number[][]) => rows[0].map((_, f) => rows.map(row => row[f]));

/** The members of each merger. */
function membersOf({ customers, left, right }: Linkage): number[][] {
  const members: number[][] = Array.from({ length: customers }, (_, i) => [i]);
  left.forEach((cluster, i) => {
    members.push([...members[cluster], ...members[right[i]]].sort((p, q) => p - q));
  });
  return members.slice(customers);
}

describe('linkage', () => {
  onDevice('cpu');

  const rows = [
    [0, 0],
    [1, 0],
    [0, 2],
    [7, 7],
    [7, 10],
    [20, 1],
    [21, 3.5],
  ];
  it.each<[LinkageMethod, number[][]]>([
    [
      'single',
      [
        [0, 1, 1, 2],
        [2, 7, 2, 3],
        [5, 6, 2.692582, 2],
        [3, 4, 3, 2],
        [8, 10, 8.602325, 5],
        [9, 11, 14.317821, 7],
      ],
    ],
    [
      'complete',
      [
        [0, 1, 1, 2],
        [2, 7, 2.236068, 3],
        [5, 6, 2.692582, 2],
        [3, 4, 3, 2],
        [8, 10, 12.206556, 5],
        [9, 11, 21.289669, 7],
      ],
    ],
    [
      'average',
      [
        [0, 1, 1, 2],
        [2, 7, 2.118034, 3],
        [5, 6, 2.692582, 2],
        [3, 4, 3, 2],
        [8, 10, 10.369995, 5],
        [9, 11, 18.171881, 7],
      ],
    ],
    [
      'ward',
      [
        [0, 1, 1, 2],
        [2, 7, 2.380476, 3],
        [5, 6, 2.692582, 2],
        [3, 4, 3, 2],
        [8, 10, 15.935286, 5],
        [9, 11, 29.6962, 7],
      ],
    ],
  ])('gives the linkage matrix of SciPy, %s', async (method, known) => {
    const x = matrix(columnsOf(rows));
    const found = linkageMatrix(await linkage(x, { method }));
    const rounded = found.map(([left, right, height, size]) => [
      left,
      right,
      Number(height.toFixed(6)),
      size,
    ]);
    expect(rounded).toEqual(known);
    x.dispose();
  });

  it('is that of the definition', async () => {
    const random = new Random(6);
    for (const [features, customers] of [
      [1, 30],
      [2, 70],
      [5, 60],
    ]) {
      const points = Array.from({ length: customers }, () =>
        Array.from({ length: features }, () => Math.fround(random.normal())),
      );
      const x = matrix(columnsOf(points));
      for (const method of linkageMethods) {
        const known = linkageByDefinition(points, method);
        const found = await linkage(x, { method });
        expect(membersOf(found)).toEqual(known.map(({ members }) => members));
        known.forEach(({ height, members }, i) => {
          expect(found.heights[i]).toBeCloseTo(height, 9);
          expect(found.sizes[i]).toBe(members.length);
        });
      }
      x.dispose();
    }
  });

  it('has the heights of the definition where distances are tied, for single linkage', async () => {
    const coordinate = fc.integer({ min: 0, max: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(coordinate, coordinate), { minLength: 1, maxLength: 60 }),
        async all => {
          const x = matrix(columnsOf(all));
          const { heights } = await linkage(x, { method: 'single' });
          const known = linkageByDefinition(all, 'single').map(({ height }) => height);
          expect(Array.from(heights, height => height.toFixed(9))).toEqual(known.map(h => h.toFixed(9)));
          x.dispose();
        },
      ),
      { numRuns: 40 },
    );
  });

  it('merges ever farther clusters, whatever the ties', async () => {
    const coordinate = fc.integer({ min: 0, max: 4 });
    const customers = fc.array(fc.tuple(coordinate, coordinate), { minLength: 1, maxLength: 150 });
    await fc.assert(
      fc.asyncProperty(customers, fc.constantFrom(...linkageMethods), async (all, method) => {
        const x = matrix(columnsOf(all));
        const found = await linkage(x, { method });
        expect([...found.heights]).toEqual([...found.heights].sort((a, b) => a - b));
        const merged = [...found.left, ...found.right].sort((a, b) => a - b);
        expect(merged).toEqual(Array.from(merged.keys()));
        expect(found.sizes.at(-1) ?? all.length).toBe(all.length);
        x.dispose();
      }),
      { numRuns: 60 },
    );
  });

  it.skipIf(!mall).each<[LinkageMethod, number[], number[]]>([
    ['ward', [21, 23, 32, 39, 85], [245.6546, 262.5626, 394.8597, 405.66]],
    ['complete', [21, 23, 32, 39, 85], [74.3303, 96.026, 101.415, 143.4225]],
    ['average', [3, 21, 36, 38, 102], []],
    ['single', [1, 1, 2, 3, 193], []],
  ])('finds the known clusters of Mall customers, %s', async (method, sizes, last) => {
    const x = matrix(readColumns(mall!, mallColumns));
    const found = await linkage(x, { method });
    expect([...cutTree(found, { k: 5 }).sizes].sort((a, b) => a - b)).toEqual(sizes);
    last.forEach((height, i) => {
      expect(found.heights.at(i - last.length)).toBeCloseTo(height, 4);
    });
    x.dispose();
  });

  it.skipIf(!wholesale)('finds the known clusters of Wholesale customers', async () => {
    const x = matrix(readColumns(wholesale!, wholesaleColumns).map(scalings['z-score']));
    const found = await linkage(x);
    expect(cutTree(found, { k: 3 }).sizes).toEqual([281, 153, 6]);
    [24.6794, 27.4926, 32.0071].forEach((height, i) => {
      expect(found.heights.at(i - 3)).toBeCloseTo(height, 4);
    });
    x.dispose();
  });

  it('treats weights as repeated customers', async () => {
    const random = new Random(2);
    const places = Array.from({ length: 40 }, () => [random.normal(), random.normal()]);
    const weights = places.map(() => 1 + random.integer(4));
    const repeated = places.flatMap((place, i) => new Array<number[]>(weights[i]).fill(place));
    const [x, y] = [matrix(columnsOf(places)), matrix(columnsOf(repeated))];
    for (const method of ['ward', 'average'] as const) {
      const few = await linkage(x, { method, weights });
      const many = await linkage(y, { method });
      many.heights.slice(-39).forEach((height, i) => {
        expect(few.heights[i]).toBeCloseTo(height, 6);
      });
      expect(few.sizes.at(-1)).toBe(repeated.length);
    }
  });

  it('finds many customers by Ward’s linkage', async () => {
    const random = new Random(9);
    const truth = Array.from({ length: 4000 }, () => random.integer(6));
    const x = matrix(Array.from({ length: 4 }, (_, f) => truth.map(c => random.normal(9 * ((c >> f) & 1)))));
    const { labels } = cutTree(await linkage(x), { k: 6 });
    expect(adjustedRandIndex(labels, truth)).toBeGreaterThan(0.99);
    x.dispose();
  });

  it('refuses what cannot be', async () => {
    const x = matrix([[1, 2, 4]]);
    await expect(linkage(x, { method: 'median' as LinkageMethod })).rejects.toThrow(
      'expected method to be single, complete, average, ward, found "median".',
    );
    await expect(linkage(x, { weights: [1, 2] })).rejects.toThrow('expected 3 weights, found 2.');
    await expect(linkage(x, { weights: [1, 0, 1] })).rejects.toThrow('weights of at least 1');
    await expect(linkage(matrix([[1, Number.NaN]]))).rejects.toThrow('found NaN for customer 1');
    const found = await linkage(x);
    expect(() => cutTree(found, { k: 4 })).toThrow('expected k to be a whole number from 1 to 3, found 4.');
    expect(() => cutTree(found, { height: -1 })).toThrow('expected height of at least 0, found -1.');
  });

  it('is cut by height, inclusive', async () => {
    const found = await linkage(matrix([[0, 1, 3, 10]]), { method: 'single' });
    expect([...cutTree(found, { height: 2 }).labels]).toEqual([0, 0, 0, 1]);
    expect([...cutTree(found, { height: 1.99 }).labels]).toEqual([0, 0, 1, 2]);
    expect(cutTree(found, { height: 0 }).sizes).toEqual([1, 1, 1, 1]);
    expect(cutTree(found, { height: 7 }).sizes).toEqual([4]);
    expect(cutTree(found, { k: 1 }).sizes).toEqual([4]);
  });
});
