import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Random } from '../../src/random.js';
import type { Candidates } from '../../src/segment/candidates.js';
import { exchange } from '../../src/segment/exchange.js';
import { swap } from '../../src/segment/swap.js';

const customers = fc
  .array(
    fc.tuple(
      fc.integer({ min: -20, max: 20 }),
      fc.integer({ min: -20, max: 20 }),
      fc.integer({ min: 1, max: 3 }),
    ),
    {
      minLength: 4,
      maxLength: 40,
    },
  )
  .map(
    (all): Candidates => ({
      rows: Float64Array.from(all.flatMap(row => row.slice(0, 2))),
      weights: Float64Array.from(all, ([, , weight]) => weight),
      count: all.length,
      features: 2,
    }),
  );

/** Nearest centroids and the inertia with regard to them. */
function assign({ rows, weights, count }: Candidates, centroids: Float64Array) {
  const labels: number[] = [];
  let inertia = 0;
  for (let i = 0; i < count; i++) {
    const distances = Array.from({ length: centroids.length / 2 }, (_, c) => {
      const [dx, dy] = [rows[2 * i] - centroids[2 * c], rows[2 * i + 1] - centroids[2 * c + 1]];
      return dx * dx + dy * dy;
    });
    labels.push(distances.indexOf(Math.min(...distances)));
    inertia += weights[i] * Math.min(...distances);
  }
  return { labels, inertia };
}

const first = ({ rows }: Candidates, k: number) => rows.slice(0, 2 * k);

it('ends in an optimum of Lloyd, no worse than its beginning', () => {
  fc.assert(
    fc.property(customers, fc.integer({ min: 1, max: 4 }), (all, k) => {
      const { centroids, inertia } = exchange(all, first(all, k), 100);
      expect(inertia).toBeLessThanOrEqual(assign(all, first(all, k)).inertia + 1e-9);
      expect(assign(all, centroids).inertia).toBeCloseTo(inertia, 8);
    }),
  );
});

it('leaves the optimum of Lloyd that a single move betters', () => {
  // Lloyd rests at {0, 6} and {10, 10, 10}: 6 is nearer to 3 than to 10. Alone, 0 and the rest cost less.
  const all = {
    rows: Float64Array.of(0, 6, 10, 10, 10),
    weights: new Float64Array(5).fill(1),
    count: 5,
    features: 1,
  };
  const { centroids, inertia } = exchange(all, Float64Array.of(3, 10), 100);
  expect([...centroids]).toEqual([0, 9]);
  expect(inertia).toBeCloseTo(12, 12);
});

it('swaps to what is no worse', () => {
  fc.assert(
    fc.property(customers, fc.integer({ min: 1, max: 4 }), fc.nat(), (all, k, seed) => {
      const start = exchange(all, first(all, k), 100);
      const swapped = swap(all, start, 10, 100, new Random(seed));
      expect(swapped.inertia).toBeLessThanOrEqual(start.inertia);
      expect(assign(all, swapped.centroids).inertia).toBeCloseTo(swapped.inertia, 8);
    }),
  );
});
