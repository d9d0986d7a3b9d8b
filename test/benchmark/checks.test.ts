import { describe, expect, it } from 'vitest';
import { checkMembers } from '../../src/benchmark/cases/checks.js';
import type { Shape } from '../../src/benchmark/cases/shape.js';

describe('checkMembers', () => {
  // The customer at 5 is as near to one centroid as to the other.
  const shape: Shape = [1, 5, 2];
  const x = Float32Array.of(0, 1, 5, 9, 11);
  const centroids = Float32Array.of(0, 10);
  const check = (sums: number[], counts: number[]) =>
    checkMembers([sums, [0, 0], counts], x, centroids, shape);

  it('takes the sums of the nearest, wherever a customer between two segments counts', () => {
    expect(check([1, 25], [2, 3])).toBeUndefined();
    expect(check([6, 20], [3, 2])).toBeUndefined();
  });

  it('finds a customer in the wrong segment although the totals are right', () => {
    expect(check([0, 26], [1, 4])).toBe('segment 0 counts 1 customers, not 2');
    expect(check([9, 12], [2, 2])).toBe('the sum of feature 0 in segment 0 is 9, not 1');
  });
});
