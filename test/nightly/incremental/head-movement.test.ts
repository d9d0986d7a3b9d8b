import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { headMovement } from '../../../src/nightly/incremental/head-movement.js';
import { Trending } from '../../../src/recommend/index.js';
import { csr } from '../../recommend/matrices.js';

const items = 8;
const weights = fc
  .array(fc.integer({ min: 0, max: 9 }), { minLength: items, maxLength: items })
  .map(values => Float64Array.from(values));
const places = fc.integer({ min: 1, max: items + 2 });

describe('the first places of a ranking', () => {
  test('do not move where all that has changed stands behind them', () => {
    const moved = headMovement(Float64Array.of(9, 6, 3, 2, 0), Float64Array.of(9, 6, 3, 0, 2));
    expect([1, 2, 3].map(moved)).toEqual([0, 0, 0]);
    expect(moved(4)).toBeGreaterThan(0);
  });

  test('do not move where all sales are a little longer ago', () => {
    const moved = headMovement(Float64Array.of(4, 2, 1, 0.5), Float64Array.of(8, 4, 2, 1));
    expect([1, 2, 3, 4, 5].map(moved)).toEqual([0, 0, 0, 0, 0]);
  });

  test('move by the difference of what their items exceed the last place by', () => {
    const moved = headMovement(Float64Array.of(4, 3, 3, 0), Float64Array.of(5, 3, 2, 0));
    // (4 - 3) / 7, 0 against (5 - 3) / 8, 0.
    expect(moved(2)).toBeCloseTo(2 / 8 - 1 / 7);
    expect(headMovement(new Float64Array(2), new Float64Array(2))(1)).toBe(0);
    expect(headMovement(Float64Array.of(1, 0), new Float64Array(2))(1)).toBe(1);
  });

  test('obey the triangle inequality, so that lists never are off by more than the sum', () => {
    fc.assert(
      fc.property(weights, weights, weights, places, (a, b, c, shown) => {
        const [ab, bc, ac] = [headMovement(a, b), headMovement(b, c), headMovement(a, c)].map(of =>
          of(shown),
        );
        expect(ac).toBeLessThanOrEqual(ab + bc + 1e-9);
      }),
    );
  });

  test('are shown to the letter as they were where they have not moved', async () => {
    const listOf = async (values: Float64Array, owned: Record<number, number>, count: number) => {
      const repeated = Array.from(values).flatMap((value, item) => new Array<number>(value).fill(item));
      const customer = Int32Array.from(repeated, (_, sale) => sale);
      const time = new Float64Array(repeated.length);
      const model = await new Trending().fit({ items, customer, item: Int32Array.from(repeated), time });
      return model.recommend(csr(items, [owned]), { count, fill: false });
    };
    await fc.assert(
      fc.asyncProperty(
        weights,
        fc.nat(items - 1),
        places,
        fc.nat(items - 1),
        async (before, item, count, own) => {
          const now = before.with(item, before[item] + 1);
          fc.pre(before.some(value => value > 0) && headMovement(now, before)(count + 1) === 0);
          expect(await listOf(now, { [own]: 1 }, count)).toEqual(await listOf(before, { [own]: 1 }, count));
        },
      ),
    );
  });
});
