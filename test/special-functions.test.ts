import { describe, expect, it } from 'vitest';
import { digamma, logGamma, trigamma } from '../src/special-functions.js';

describe('special functions', () => {
  // Values from Abramowitz and Stegun, tables 6.1 to 6.4, and exact ones.
  it.each([
    [0.1, 2.252712651734206],
    [0.5, Math.log(Math.PI) / 2],
    [1, 0],
    [2, 0],
    [1.5, Math.log(Math.PI) / 2 - Math.log(2)],
    [10, Math.log(362880)],
    [171, 706.5730622457874],
    [1e6, 12815504.569147881],
  ])('logGamma(%d)', (x, expected) => {
    expect(Math.abs(logGamma(x) - expected)).toBeLessThan(1e-13 * Math.max(1, Math.abs(expected)));
  });

  it.each([
    [1, -0.5772156649015329],
    [0.5, -1.9635100260214235],
    [10, 2.251752589066721],
    [100.5, Math.log(100.5) - 1 / 201 - 1 / (12 * 100.5 ** 2) + 1 / (120 * 100.5 ** 4)],
  ])('digamma(%d)', (x, expected) => {
    expect(digamma(x)).toBeCloseTo(expected, 12);
  });

  it.each([
    [1, Math.PI ** 2 / 6],
    [0.5, Math.PI ** 2 / 2],
    [2, Math.PI ** 2 / 6 - 1],
    [0.01, 10_001.62121352835],
    [1000, 0.001000500166666633],
  ])('trigamma(%d)', (x, expected) => {
    expect(trigamma(x) / expected).toBeCloseTo(1, 13);
  });
});
