import fc from 'fast-check';
import { expect, it } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { churnRisk } from '../../src/value/churn-risk.js';

it('orders customers at risk by what would be lost with them', () => {
  const { customers, expectedLoss } = churnRisk({
    alive: [0.5, 0.2, 0.9, 0.05, 0.7, Number.NaN, 0.5],
    lifetimeValue: [100, 40, 900, 50, 0, Number.NaN, 100],
  });
  // 40 / 0.2 × 0.8 = 160; 100 / 0.5 × 0.5 = 100, twice: the first comes first.
  expect(Array.from(customers)).toEqual([1, 0, 6]);
  expect(Array.from(expectedLoss)).toEqual([160, 100, 100]);
});

it('keeps to its limits, and lists nobody twice', () => {
  const column = fc.array(
    fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 99 })),
  );
  fc.assert(
    fc.property(column, rows => {
      const alive = rows.map(([chance]) => chance);
      const { customers, expectedLoss } = churnRisk(
        { alive, lifetimeValue: rows.map(([, value]) => value) },
        { least: 0.2, most: 0.6 },
      );
      expect(new Set(customers).size).toBe(customers.length);
      customers.forEach((customer, place) => {
        expect(alive[customer]).toBeGreaterThanOrEqual(0.2);
        expect(alive[customer]).toBeLessThanOrEqual(0.6);
        expect(expectedLoss[place]).toBeLessThanOrEqual(expectedLoss[place - 1] ?? Number.POSITIVE_INFINITY);
      });
      expect(customers.length).toBeLessThanOrEqual(rows.length);
    }),
  );
});

it.each([
  { least: 0, most: 0.5 },
  { least: 0.6, most: 0.5 },
  { least: 0.5, most: 1.2 },
])('refuses the limits %o', limits => {
  expect(() => churnRisk({ alive: [], lifetimeValue: [] }, limits)).toThrow(UsageError);
});
