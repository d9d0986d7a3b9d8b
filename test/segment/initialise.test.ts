import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/random.js';
import { sampleOf } from '../../src/segment/candidates.js';
import { type Candidates, plusPlus, randomly, squaredDistance } from '../../src/segment/initialise.js';

function candidates(points: number[][], weights: number[] = points.map(() => 1)): Candidates {
  return {
    rows: Float64Array.from(points.flat()),
    weights: Float64Array.from(weights),
    count: points.length,
    features: points[0].length,
  };
}

/** Greedy k-means++ as it is written down, with every distance computed. */
function plainPlusPlus(all: Candidates, k: number, random: Random): number[] {
  const drawn = (potentials: number[]) => {
    const wanted = random.uniform() * potentials.reduce((sum, p) => sum + p, 0);
    let sum = 0;
    return potentials.findIndex(p => {
      sum += p;
      return sum > wanted;
    });
  };
  const chosen = [drawn([...all.weights])];
  const potentialsWith = (extra: number[]) =>
    [...all.weights].map(
      (weight, i) => weight * Math.min(...[...chosen, ...extra].map(c => squaredDistance(all, i, c))),
    );
  while (chosen.length < k) {
    const now = potentialsWith([]);
    if (now.every(potential => potential === 0)) break;
    let [best, least] = [-1, Number.POSITIVE_INFINITY];
    for (let trial = 0; trial < 2 + Math.floor(Math.log(k)); trial++) {
      const candidate = drawn(now);
      const potential = potentialsWith([candidate]).reduce((sum, p) => sum + p, 0);
      if (potential < least) [best, least] = [candidate, potential];
    }
    chosen.push(best);
  }
  return chosen;
}

// Whole numbers, so that no sum rounds and both ways must agree to the last tie.
const points = fc.array(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 2 }), {
  minLength: 1,
  maxLength: 60,
});

describe('plusPlus', () => {
  it('chooses as the plain algorithm does', () => {
    fc.assert(
      fc.property(points, fc.integer({ min: 1, max: 8 }), fc.nat(), (rows, k, seed) => {
        const all = candidates(rows);
        expect(plusPlus(all, k, new Random(seed))).toEqual(plainPlusPlus(all, k, new Random(seed)));
      }),
    );
  });

  it('never chooses a weight of 0, nor the same place twice', () => {
    const all = candidates(
      [
        [1, 1],
        [1, 1],
        [2, 2],
        [9, 9],
      ],
      [1, 1, 1, 0],
    );
    for (let seed = 0; seed < 20; seed++) {
      const chosen = plusPlus(all, 4, new Random(seed));
      expect(chosen.map(i => all.rows[2 * i]).sort()).toEqual([1, 2]);
      expect(
        randomly(all, 4, new Random(seed))
          .map(i => all.rows[2 * i])
          .sort(),
      ).toEqual([1, 2]);
    }
  });
});

describe('sampleOf', () => {
  it('is everybody or one of each stretch', () => {
    expect([...sampleOf(4, 9, new Random(0))]).toEqual([0, 1, 2, 3]);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 50, max: 900 }),
        fc.nat(),
        (size, n, seed) => {
          const sample = sampleOf(n, size, new Random(seed));
          expect(sample).toHaveLength(Math.min(size, n));
          expect(sample.every((i, s) => i < n && (s === 0 || i > sample[s - 1]))).toBe(true);
        },
      ),
    );
  });
});
