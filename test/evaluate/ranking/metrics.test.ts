import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accuracy, accuracyMetrics } from '../../../src/evaluate/ranking/accuracy.js';
import { beyondAccuracy } from '../../../src/evaluate/ranking/beyond-accuracy.js';
import { bootstrap, bootstrapDifference, bootstraps } from '../../../src/evaluate/ranking/bootstrap.js';
import { ratingError } from '../../../src/evaluate/ranking/rating-error.js';
import { Random } from '../../../src/random.js';
import { csr } from '../../recommend/matrices.js';

const lists = (...rows: number[][]) => ({
  customers: rows.length,
  count: rows[0].length,
  items: Int32Array.from(rows.flat()),
});

describe('accuracy', () => {
  it('has the values of a worked example', () => {
    const heldOut = csr(10, [{ 1: 1, 3: 5, 9: 1 }, {}, { 0: 1 }]);
    const found = accuracy(lists([3, 4, 1, 5], [0, 1, 2, 3], [7, 8, -1, -1]), heldOut, 4);
    expect([...found.customers]).toEqual([0, 2]);
    const firstOf = Object.fromEntries(accuracyMetrics.map(name => [name, found[name][0]]));
    const ideal = 1 + 1 / Math.log2(3) + 1 / 2;
    expect(firstOf).toEqual({
      precision: 0.5,
      recall: 2 / 3,
      f1: 4 / 7,
      averagePrecision: (1 + 2 / 3) / 3,
      ndcg: 1.5 / ideal,
      reciprocalRank: 1,
      hitRate: 1,
      // Item 3 is before all 7 others, item 1 before 6, item 9 before half of the 5 that are not in the list.
      auc: (7 + 6 + 2.5) / 21,
    });
    for (const name of accuracyMetrics) expect(found[name][1]).toBe(name === 'auc' ? 3.5 / 9 : 0);
  });

  it('agrees with sets and full rankings, written plainly', () => {
    const list = fc.uniqueArray(fc.nat(19), { minLength: 5, maxLength: 20 });
    fc.assert(
      fc.property(list, fc.uniqueArray(fc.nat(19), { minLength: 1, maxLength: 19 }), (list, wanted) => {
        const heldOut = csr(20, [Object.fromEntries(wanted.map(item => [item, 1]))]);
        const k = 5;
        const found = accuracy(lists(list), heldOut, k);
        const top = list.slice(0, k);
        const hits = top.filter(item => wanted.includes(item)).length;
        expect(found.precision[0]).toBe(hits / k);
        expect(found.recall[0]).toBe(hits / wanted.length);
        const rest = [...Array(20).keys()].filter(item => !top.includes(item));
        const rank = (item: number) => (top.includes(item) ? top.indexOf(item) : k + 1);
        const others = [...top, ...rest].filter(item => !wanted.includes(item));
        const won = wanted.flatMap(w =>
          others.map(o => (rank(w) < rank(o) ? 1 : rank(w) === rank(o) ? 0.5 : 0)),
        );
        const share = won.reduce((sum: number, x) => sum + x, 0) / won.length;
        expect(found.auc[0]).toBeCloseTo(share, 12);
        for (const name of accuracyMetrics) {
          expect(found[name][0]).toBeGreaterThanOrEqual(0);
          expect(found[name][0]).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('is 1 throughout for a perfect list', () => {
    const heldOut = csr(6, [{ 2: 1, 4: 1 }]);
    const found = accuracy(lists([4, 2]), heldOut, 2);
    for (const name of accuracyMetrics) expect(found[name][0]).toBe(1);
  });

  it('refuses lists of other customers and a k beyond their places', () => {
    const heldOut = csr(3, [{ 0: 1 }]);
    expect(() => accuracy(lists([0], [1]), heldOut, 1)).toThrow('expected lists for 1 customers, found 2');
    expect(() => accuracy(lists([0]), heldOut, 2)).toThrow('k to be a whole number of 1 … 1');
  });
});

describe('beyondAccuracy', () => {
  const train = csr(4, [{ 0: 1 }, { 0: 1 }, { 0: 1, 1: 1 }, { 1: 1 }]);

  it('has the values of a worked example', () => {
    const found = beyondAccuracy(lists([0, 1], [0, 3], [0, -1], [-1, -1]), train, {
      similarity: (a, b) => (a + b) / 4,
    });
    expect(found.coverage).toBe(3 / 4);
    expect(found.averagePopularity).toBeCloseTo((3 * 0.75 + 0.5) / 5, 12);
    expect(found.popularityBias).toBeCloseTo((3 * 0.75 + 0.5) / 5 / ((3 * 0.75 + 2 * 0.5) / 5), 12);
    expect(found.novelty).toBeCloseTo((3 * -Math.log2(0.75) + 1 + 3) / 5, 12);
    expect(found.diversity).toBeCloseTo((0.75 + 0.25) / 2, 12);
    expect(found.gini).toBeCloseTo((3 * 3 + 1 * 1 + -1 * 1) / (4 * 5), 12);
  });

  it('finds lists that are all the same concentrated, and lists that share alike not', () => {
    expect(beyondAccuracy(lists([0], [0], [0], [0]), train).gini).toBe(0.75);
    expect(beyondAccuracy(lists([0], [1], [2], [3]), train).gini).toBe(0);
  });
});

it('measures the error of ratings', () => {
  expect(ratingError([1, 2, 4], [2, 2, 2])).toEqual({ rmse: Math.sqrt(5 / 3), mae: 1 });
  expect(() => ratingError([1], [])).toThrow('expected 0 predictions');
});

describe('bootstrap', () => {
  it('lets others have their turn, and can be stopped', async () => {
    const stop = new AbortController();
    setImmediate(() => stop.abort(new Error('stopped')));
    const values = new Float64Array(10_000);
    await expect(bootstrap(values, { samples: 1e6, signal: stop.signal })).rejects.toThrow('stopped');
  });

  it('gives the normal interval of a mean of normal values, the same for a seed', async () => {
    const random = new Random(4);
    const values = Float64Array.from({ length: 500 }, () => random.normal(3, 2));
    const { mean, low, high } = await bootstrap(values, { seed: 1 });
    const halfWidth = (1.96 * 2) / Math.sqrt(500);
    expect(mean).toBeCloseTo(3, 0.5);
    expect((high - low) / 2 / halfWidth).toBeCloseTo(1, 0.8);
    expect(await bootstrap(values, { seed: 1 })).toEqual({ mean, low, high });
    expect((await bootstrap(values, { seed: 2 })).low).not.toBe(low);
  });

  it('tells two paired series apart where their intervals overlap', async () => {
    const random = new Random(5);
    const a = Float64Array.from({ length: 500 }, () => random.normal());
    const b = a.map(value => value - 0.05 + 0.01 * random.normal());
    expect((await bootstrap(a)).low).toBeLessThan((await bootstrap(b)).high);
    expect((await bootstrapDifference(a, b)).low).toBeGreaterThan(0.04);
    await expect(bootstrapDifference([1], [])).rejects.toThrow('expected 1 values');
    await expect(bootstrap([1], { level: 95 })).rejects.toThrow('a level between 0 and 1');
    expect(await bootstraps([a, b], { seed: 3 })).toEqual([
      await bootstrap(a, { seed: 3 }),
      await bootstrap(b, { seed: 3 }),
    ]);
  });
});
