import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random, WeightedChoice } from '../src/random.js';

/** Mean and variance of n draws. */
function moments(draw: () => number, n = 100_000): { mean: number; variance: number } {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    const x = draw();
    sum += x;
    squares += x * x;
  }
  return { mean: sum / n, variance: squares / n - (sum / n) ** 2 };
}

describe('Random', () => {
  it('gives this very sequence for seed 0 on every platform', () => {
    const random = new Random(0);
    expect([random.uniform(), random.uniform(), random.integer(1000)]).toMatchInlineSnapshot(`
      [
        0.4777069579981579,
        0.6732731766048246,
        244,
      ]
    `);
  });

  it('gives unrelated sequences to neighbouring seeds and streams', () => {
    const first = new Set<number>();
    for (let i = 0; i < 1000; i++) first.add(new Random(i).uniform()).add(new Random(7, i + 1).uniform());
    expect(first.size).toBe(2000);
    let stream = 0;
    const { mean, variance } = moments(() => new Random(1, stream++).uniform(), 20_000);
    expect(mean).toBeCloseTo(0.5, 1);
    expect(variance).toBeCloseTo(1 / 12, 2);
  });

  it.each([
    ['uniform', (r: Random) => r.uniform(), 0.5, 1 / 12],
    ['integer', (r: Random) => r.integer(10), 4.5, 99 / 12],
    ['normal', (r: Random) => r.normal(3, 2), 3, 4],
    ['exponential', (r: Random) => r.exponential(2), 0.5, 0.25],
    ['gamma, shape below 1', (r: Random) => r.gamma(0.25, 2), 0.5, 1],
    ['gamma, shape above 1', (r: Random) => r.gamma(4, 0.5), 2, 1],
    ['beta', (r: Random) => r.beta(2, 3), 0.4, 0.04],
    ['poisson, small mean', (r: Random) => r.poisson(2.5), 2.5, 2.5],
    ['poisson, large mean', (r: Random) => r.poisson(40), 40, 40],
    ['choice', (r: Random) => r.choice([0, 1, 0, 3, 0]), 2.5, 0.75],
  ])('%s has its mean and variance', (_, draw, mean, variance) => {
    const random = new Random(1);
    const found = moments(() => draw(random));
    expect(Math.abs(found.mean - mean)).toBeLessThan(0.02 * Math.sqrt(variance));
    expect(Math.abs(found.variance - variance)).toBeLessThan(0.05 * variance);
  });

  it('draws integers that stay in range', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 2 ** 40 }), (seed, n) => {
        const drawn = new Random(seed).integer(n);
        expect(drawn).toBe(Math.floor(drawn));
        expect(drawn).toBeGreaterThanOrEqual(0);
        expect(drawn).toBeLessThan(n);
      }),
    );
  });

  it('shuffles to a permutation, every order equally often', () => {
    const random = new Random(3);
    const seen = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = random.shuffle([0, 1, 2]).join('');
      seen.set(order, (seen.get(order) ?? 0) + 1);
    }
    expect(seen.size).toBe(6);
    for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe('WeightedChoice', () => {
  it('draws in proportion to the weights and never a weight of 0', () => {
    const weights = [5, 0, 1, 3, 0.5, 0.5];
    const choice = new WeightedChoice(weights);
    const random = new Random(4);
    const counts = weights.map(() => 0);
    for (let i = 0; i < 100_000; i++) counts[choice.draw(random)]!++;
    expect(counts[1]).toBe(0);
    weights.forEach((weight, i) => {
      expect(Math.abs(counts[i]! / 1e5 - weight / 10)).toBeLessThan(0.006);
    });
  });

  it('refuses weights without a positive sum', () => {
    expect(() => new WeightedChoice([0, 0])).toThrow(RangeError);
    expect(() => new WeightedChoice([])).toThrow(RangeError);
  });
});
