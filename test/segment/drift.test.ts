import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  distributionOf,
  matchSegments,
  optimalAssignment,
  populationStability,
  stableNumbers,
} from '../../src/segment/drift/index.js';

/** The least cost over all ways to pair, one by one. */
function leastCost(costs: number[][], row = 0, taken = new Set<number>(), skips = 0): number {
  if (row === costs.length) return 0;
  const columns = costs[0].length;
  let least = Number.POSITIVE_INFINITY;
  for (let column = 0; column < columns; column++) {
    if (taken.has(column)) continue;
    least = Math.min(
      least,
      costs[row][column] + leastCost(costs, row + 1, new Set([...taken, column]), skips),
    );
  }
  if (skips > 0) least = Math.min(least, leastCost(costs, row + 1, taken, skips - 1));
  return least;
}

test('optimal assignment costs no more than any other', () => {
  const matrix = fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))
    .chain(([rows, columns]) =>
      fc.array(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: columns, maxLength: columns }), {
        minLength: rows,
        maxLength: rows,
      }),
    );
  fc.assert(
    fc.property(matrix, costs => {
      const [rows, columns] = [costs.length, costs[0].length];
      const found = optimalAssignment(rows, columns, (row, column) => costs[row][column]);
      const paired = [...found.entries()].filter(([, column]) => column >= 0);
      expect(new Set(paired.map(([, column]) => column)).size).toBe(Math.min(rows, columns));
      const cost = paired.reduce((sum, [row, column]) => sum + costs[row][column], 0);
      expect(cost).toBe(leastCost(costs, 0, new Set(), Math.max(0, rows - columns)));
    }),
  );
});

describe('segments keep their numbers', () => {
  test('by the customers they share, whatever the order of the new ones', () => {
    const shared = [0, 3, 90, 80, 0, 5, 2, 70, 1];
    const matched = matchSegments(3, 3, { shared });
    expect([...matched]).toEqual([2, 0, 1]);
    expect([...stableNumbers(matched)]).toEqual([2, 0, 1]);
  });

  test('by their centroids where no customer is shared', () => {
    const distances = [9, 1, 1, 8];
    expect([...matchSegments(2, 2, { shared: [0, 0, 0, 0], distances })]).toEqual([1, 0]);
  });

  test('new segments take what is left, and so do those whose number is no more', () => {
    expect([...stableNumbers([1, -1, 0])]).toEqual([1, 2, 0]);
    expect([...stableNumbers([4, 0])]).toEqual([1, 0]);
    expect([...matchSegments(2, 1, { shared: [0, 5] })]).toEqual([-1, 0]);
  });
});

describe('the population stability index', () => {
  const before = Float64Array.from({ length: 1000 }, (_, i) => i);

  test('is 0 for the same values', () => {
    const distribution = distributionOf(before);
    expect(distribution.edges).toHaveLength(9);
    expect(populationStability(distribution, before)).toBe(0);
  });

  test('follows its formula', () => {
    const distribution = { edges: [0], shares: [0.5, 0.5] };
    const values = [0, 1, 1, 1];
    // (0.25 - 0.5) ln(0.25 / 0.5) + (0.75 - 0.5) ln(0.75 / 0.5)
    expect(populationStability(distribution, values)).toBeCloseTo(
      0.25 * Math.log(2) + 0.25 * Math.log(1.5),
      12,
    );
  });

  test('grows with the shift, and survives bins that emptied and values that are all the same', () => {
    const distribution = distributionOf(before);
    const shifted = (by: number) =>
      populationStability(
        distribution,
        before.map(value => value + by),
      );
    expect(shifted(50)).toBeLessThan(0.2);
    expect(shifted(300)).toBeGreaterThan(0.2);
    expect(shifted(5000)).toBeGreaterThan(shifted(300));
    expect(Number.isFinite(shifted(5000))).toBe(true);
    expect(populationStability(distributionOf([3, 3, 3]), [3, 3])).toBe(0);
  });

  test('sees a rare value grow, be it below or above the common one', () => {
    const subscribed = (share: number) =>
      Float64Array.from({ length: 1000 }, (_, i) => Number(i < 1000 * share));
    expect(populationStability(distributionOf(subscribed(0.95)), subscribed(0.5))).toBeGreaterThan(1);
    expect(populationStability(distributionOf(subscribed(0.05)), subscribed(0.5))).toBeGreaterThan(1);
    // 2 % below a value that fills four bins.
    const visits = Float64Array.from({ length: 1000 }, (_, i) => (i < 20 ? 1 : i < 420 ? 2 : i));
    const { edges, shares } = distributionOf(visits);
    expect(edges.slice(0, 2)).toEqual([1, 2]);
    expect(shares.slice(0, 2)).toEqual([0.02, 0.4]);
  });
});
