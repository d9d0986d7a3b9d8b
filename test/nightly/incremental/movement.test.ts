import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { columnOf } from '../../../src/customer-column.js';
import {
  everywhere,
  inPlace,
  movementOf,
  shift,
  together,
} from '../../../src/nightly/incremental/movement.js';
import { ItemNeighbours, Popularity, SegmentFavourites } from '../../../src/recommend/index.js';
import { csr } from '../../recommend/matrices.js';

const counts = fc.array(fc.nat(50), { minLength: 4, maxLength: 4 });

describe('shift', () => {
  test('is the share that stands elsewhere', () => {
    expect(shift([3, 1], [3, 1])).toBe(0);
    expect(shift([3, 1], [1, 3])).toBeCloseTo(0.5);
    expect(shift([1, 0], [0, 1])).toBe(1);
    expect(shift([0, 0], [0, 0])).toBe(0);
    expect(shift([0, 0], [0, 1])).toBe(1);
  });

  test('is 0 of the same list alone, and the same both ways round', () => {
    expect(shift([2, 4], [1, 2])).toBeGreaterThan(0);
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        expect(shift(a, b)).toBeCloseTo(shift(b, a), 12);
        expect(shift(a, b)).toBeLessThanOrEqual(1 + 1e-12);
        expect(shift(a, b) === 0).toBe(a.every((count, i) => count === b[i]));
      }),
    );
  });

  test('obeys the triangle inequality, so that lists never are off by more than the sum', () => {
    fc.assert(
      fc.property(counts, counts, counts, (a, b, c) => {
        expect(shift(a, c)).toBeLessThanOrEqual(shift(a, b) + shift(b, c) + 1e-9);
      }),
    );
  });
});

test('values are put where items are today', () => {
  expect([...inPlace(Float64Array.of(1, 2, 3), Int32Array.of(2, -1, 0), 4)]).toEqual([3, 0, 1, 0]);
});

describe('the movement of a recommender', () => {
  const catalogue = { numbers: Int32Array.of(0, 1, 2), items: 3 };
  const purchases = csr(3, [{ 0: 1, 1: 1 }, { 0: 1, 2: 1 }, { 1: 1 }]);

  test('of items is that of the scores of each customer', () => {
    const of = (similar: ReturnType<typeof csr>) =>
      ItemNeighbours.of(
        { neighbours: 5 },
        { similar, popularity: new Popularity(Int32Array.of(1, 1, 1), 3) },
      );
    const before = of(csr(3, [{ 1: 0.4, 2: 0.4 }, { 0: 0.4 }, { 0: 0.8 }]));
    const now = of(csr(3, [{ 1: 0.4, 2: 0.4 }, { 0: 0.5 }, { 0: 0.8 }]));
    const movement = movementOf(now, before, catalogue)!;
    expect(movement.of(0, purchases, 0)).toBeCloseTo(0.1 / 1.2, 6);
    expect(movement.of(1, purchases, 1)).toBe(0);
    expect(movement.of(2, purchases, 2)).toBeCloseTo(0.1 / 0.4, 6);
    expect(movement.overall).toBeCloseTo(0.1 / 2, 6);
  });

  test('of favourites is that of the group', async () => {
    const circles = (names: string[], codes: number[]) => ({
      codes: columnOf(Int32Array.from(codes)),
      names,
      firstNumber: 0,
    });
    const circle = circles(['a', 'b', 'c'], [0, 0, 1]);
    const before = await new SegmentFavourites({ prior: 0 }).fit(purchases, Int32Array.of(1, 1, 0));
    const now = await new SegmentFavourites({ prior: 0 }).fit(purchases, Int32Array.of(0, 0, 1));
    const movement = movementOf(now, before, {
      ...catalogue,
      circle,
      circleBefore: { part: 'segment', names: ['b', 'a'], firstNumber: 0 },
    })!;
    expect(movement.of(0, purchases, 0)).toBe(0);
    const renamed = movementOf(now, before, {
      ...catalogue,
      circle: circles(['z', 'b', 'c'], [0, 0, 1]),
      circleBefore: { part: 'segment', names: ['b', 'a'], firstNumber: 0 },
    })!;
    expect(renamed.of(0, purchases, 0)).toBe(1);
    expect(renamed.of(2, purchases, 2)).toBe(0);
    expect(renamed.overall).toBeCloseTo(2 / 3);
  });

  test('of a blend is that of its voices by their weights', () => {
    const blend = together([
      { movement: everywhere(0.1), weight: 3 },
      { movement: everywhere(0.5), weight: 1 },
    ]);
    expect(blend.overall).toBeCloseTo(0.2);
    expect(blend.of(0, purchases, 0)).toBeCloseTo(0.2);
  });
});
