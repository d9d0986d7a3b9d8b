import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Csr, transpose } from '../../src/ops/index.js';
import { changedNeighbours } from '../../src/recommend/changed-neighbours.js';
import {
  ItemNeighbours,
  type ItemNeighboursOptions,
  similarityMeasures,
  weightings,
} from '../../src/recommend/index.js';
import { rowHashes } from '../../src/recommend/row-hashes.js';
import { checkSimilarity } from '../../src/recommend/similarity.js';
import { rowsOf } from '../../src/recommend/sparse-rows.js';
import { weightingOf } from '../../src/recommend/weightings.js';
import { onDevice, onEveryDevice } from '../devices.js';
import { randomCsr } from './matrices.js';

/** Who bought how much of what, by `customer item`. */
type Sold = ReadonlyMap<string, number>;

/** A shop as recommenders see it. */
interface Shop {
  matrix: Csr;
  items: string[];
  /** Two hashes of each customer. */
  customers: Int32Array;
}

const pair = fc.tuple(fc.nat(14), fc.nat(11)).map(([customer, item]) => `${100 + customer} ${100 + item}`);
const sold = (most: number) => fc.array(fc.tuple(pair, fc.integer({ min: 1, max: 3 })), { maxLength: most });

function shopOf(sold: Sold): Shop {
  const parts = (place: number) => [...new Set([...sold.keys()].map(key => key.split(' ')[place]))].sort();
  const [customers, items] = [parts(0), parts(1)];
  const rows = customers.map(
    customer =>
      new Map(
        items.flatMap((item, column) => {
          const value = sold.get(`${customer} ${item}`);
          return value === undefined ? [] : [[column, Math.log1p(value)] as const];
        }),
      ),
  );
  const hashes = Int32Array.from(customers.flatMap(id => [Number(id), -Number(id)]));
  return { matrix: rowsOf(rows, items.length), items, customers: hashes };
}

const options: fc.Arbitrary<ItemNeighboursOptions> = fc.record({
  neighbours: fc.integer({ min: 1, max: 12 }),
  similarity: fc.constantFrom(...similarityMeasures),
  weighting: fc.constantFrom(...weightings),
  shrinkage: fc.constantFrom(0, 0, 0, 2),
});

function weighted({ matrix, customers }: Shop, { weighting = 'none' }: ItemNeighboursOptions) {
  const byItem = transpose(matrix);
  const rows = weightingOf(weighting, byItem)(byItem);
  return { rows, hashes: rowHashes(rows, customers) };
}

onEveryDevice('neighbours of the items that have changed', () => {
  it('are put beside the others to what comparing all items finds', async () => {
    let [compared, spared] = [0, 0];
    await fc.assert(
      fc.asyncProperty(
        sold(60),
        sold(6),
        fc.array(pair, { maxLength: 4 }),
        options,
        async (before, come, gone, how) => {
          const known = new Map(before);
          const [then, now] = [
            shopOf(known),
            shopOf(new Map([...known, ...come].filter(([key]) => !gone.includes(key)))),
          ];
          fc.pre(then.items.length > 0 && now.items.length > 1);
          const { similar } = await new ItemNeighbours(how).fit(then.matrix);
          const { rows, hashes } = weighted(now, how);
          const topK = (items: number) => Math.min(how.neighbours!, items - 1);
          const numbers = Int32Array.from(then.items, item => now.items.indexOf(item));
          const { weighting: _, neighbours: __, ...measure } = how;
          const found = await changedNeighbours(
            rows,
            transpose(rows),
            hashes,
            { similar, topK: topK(then.items.length), hashes: weighted(then, how).hashes, numbers },
            { ...checkSimilarity(measure), topK: topK(now.items.length), mostWork: Number.POSITIVE_INFINITY },
          );
          expect(found!.similar).toEqual((await new ItemNeighbours(how).fit(now.matrix)).similar);
          compared += found!.anew;
          spared += now.items.length - found!.anew;
        },
      ),
      { numRuns: 150, seed: 11 },
    );
    expect(Math.min(compared, spared)).toBeGreaterThan(200);
  });
});

describe('a fit on top of an earlier one', () => {
  onDevice('cpu');
  const customers = Int32Array.from({ length: 800 }, (_, i) => 31 * i);
  const before = randomCsr(400, 60, 5, 3);
  const numbers = Int32Array.from({ length: 60 }, (_, item) => item);

  /** One customer gets another item in place of the first. */
  function changed({ indices, ...rest }: Csr, row: number, item: number): Csr {
    return { ...rest, indices: indices.with(rest.indptr[row], item) };
  }

  it('compares what has changed alone, and finds what a whole fit finds', async () => {
    const model = await new ItemNeighbours({ neighbours: 5 }).fit(before, { customers });
    expect(model.anew).toBeUndefined();
    const row = before.indptr.findIndex((from, i) => before.indptr[i + 1] > from && before.indices[from] > 0);
    const now = changed(before, row, 0);
    const told: number[] = [];
    const onProgress = (done: number) => told.push(done);
    const again = await new ItemNeighbours({ neighbours: 5 }).fit(now, {
      customers,
      earlier: { model, numbers },
      onProgress,
    });
    expect(again.anew).toBeGreaterThanOrEqual(2);
    expect(again.anew).toBeLessThan(30);
    expect(told.at(-1)).toBe(60);
    expect(again.similar).toEqual((await new ItemNeighbours({ neighbours: 5 }).fit(now)).similar);
  });

  it('compares nothing where nothing has changed, and everything where the same is asked for in another way', async () => {
    const model = await new ItemNeighbours().fit(before, { customers });
    const fit = async (options: ItemNeighboursOptions, matrix: Csr, told = customers) => {
      const { anew } = await new ItemNeighbours(options).fit(matrix, {
        customers: told,
        earlier: { model, numbers },
      });
      return anew;
    };
    expect(await fit({}, before)).toBe(0);
    expect(await fit({ shrinkage: 1 }, before)).toBeUndefined();
    expect(await fit({}, randomCsr(400, 60, 5, 4))).toBeUndefined();
    // The same purchases, of other customers.
    expect(
      await fit(
        {},
        before,
        customers.map(hash => hash + 1),
      ),
    ).toBeUndefined();
    const untold = await new ItemNeighbours().fit(before);
    const { anew } = await new ItemNeighbours().fit(before, {
      customers,
      earlier: { model: untold, numbers },
    });
    expect(anew).toBeUndefined();
  });
});
