import { describe, expect, it } from 'vitest';
import { hessian, inverseOf, minimise, type Objective } from '../src/optimise.js';

/** Rosenbrock's valley, least at (1, 1). */
const valley: Objective = (point, gradient) => {
  const [x, y] = [point[0]!, point[1]!];
  gradient[0] = -400 * x * (y - x * x) - 2 * (1 - x);
  gradient[1] = 200 * (y - x * x);
  return 100 * (y - x * x) ** 2 + (1 - x) ** 2;
};

describe('minimise', () => {
  it.each([
    [-1.2, 1],
    [10, -30],
    [1, 1],
  ])('finds the floor of a curved valley from (%d, %d)', (x, y) => {
    const { point, value, converged } = minimise(valley, [x, y]);
    expect(converged).toBe(true);
    expect(point[0]).toBeCloseTo(1, 7);
    expect(point[1]).toBeCloseTo(1, 7);
    expect(value).toBeLessThan(1e-14);
  });

  it('steps back from where the function is not defined', () => {
    const { point, converged } = minimise(
      (at, gradient) => {
        gradient[0] = 1 - 3 / at[0]!;
        return at[0]! - 3 * Math.log(at[0]!);
      },
      [0.01],
    );
    expect(converged).toBe(true);
    expect(point[0]).toBeCloseTo(3, 8);
  });

  it('says when it did not arrive', () => {
    expect(minimise(valley, [-1.2, 1], { maxIterations: 3 }).converged).toBe(false);
  });
});

describe('hessian and inverseOf', () => {
  it('are those of the valley at its floor', () => {
    const second = hessian(valley, Float64Array.of(1, 1));
    [802, -400, -400, 200].forEach((expected, i) => {
      expect(second[i >> 1]![i & 1]).toBeCloseTo(expected, 3);
    });
    const inverse = inverseOf(second);
    [0.5, 1, 1, 2.005].forEach((expected, i) => {
      expect(inverse[i >> 1]![i & 1]).toBeCloseTo(expected, 4);
    });
  });

  it('are NaN where the matrix is not positive definite', () => {
    expect(inverseOf([Float64Array.of(1, 2), Float64Array.of(2, 1)]).flatMap(row => [...row])).toEqual([
      Number.NaN,
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]);
  });
});
