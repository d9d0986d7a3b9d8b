import { describe, expect, it } from 'vitest';
import { inverseOf, minimise, type Objective } from '../src/optimise.js';

/** Rosenbrock's valley, least at (1, 1). */
const valley: Objective = (point, gradient, hessian) => {
  const [x, y] = [point[0]!, point[1]!];
  gradient[0] = -400 * x * (y - x * x) - 2 * (1 - x);
  gradient[1] = 200 * (y - x * x);
  hessian.set([1200 * x * x - 400 * y + 2, -400 * x, 0, 200]);
  return 100 * (y - x * x) ** 2 + (1 - x) ** 2;
};

describe('minimise', () => {
  it.each([
    [-1.2, 1],
    [10, -30],
    [1, 1],
    [0, 5],
  ])('finds the floor of a curved valley from (%d, %d)', (x, y) => {
    const { point, value, hessian, converged } = minimise(valley, [x, y]);
    expect(converged).toBe(true);
    expect(point[0]).toBeCloseTo(1, 7);
    expect(point[1]).toBeCloseTo(1, 7);
    expect(value).toBeLessThan(1e-14);
    [802, -400, -400, 200].forEach((expected, i) => {
      expect(hessian[i]).toBeCloseTo(expected, 3);
    });
  });

  it('steps back from where the function is not defined', () => {
    const { point, converged } = minimise(
      (at, gradient, hessian) => {
        gradient[0] = 1 - 3 / at[0]!;
        hessian[0] = 3 / at[0]! ** 2;
        return at[0]! - 3 * Math.log(at[0]!);
      },
      [0.01],
    );
    expect(converged).toBe(true);
    expect(point[0]).toBeCloseTo(3, 8);
  });

  it('leaves a saddle, where the Hessian has no inverse of use', () => {
    const { point, value, converged } = minimise(
      ([x, y], gradient, hessian) => {
        gradient.set([4 * x! ** 3 - 2 * x!, 2 * y!]);
        hessian.set([12 * x! ** 2 - 2, 0, 0, 2]);
        return x! ** 4 - x! ** 2 + y! ** 2;
      },
      [0.01, 1],
    );
    expect(converged).toBe(true);
    expect(value).toBeCloseTo(-0.25, 12);
    expect(point[0]).toBeCloseTo(Math.SQRT1_2, 8);
  });

  it('says when it did not arrive', () => {
    expect(minimise(valley, [-1.2, 1], { maxIterations: 3 }).converged).toBe(false);
  });
});

describe('inverseOf', () => {
  it('inverts', () => {
    const inverse = inverseOf(Float64Array.of(802, -400, -400, 200));
    [0.5, 1, 1, 2.005].forEach((expected, i) => {
      expect(inverse[i]).toBeCloseTo(expected, 10);
    });
  });

  it('is NaN where the matrix is not positive definite', () => {
    expect([...inverseOf(Float64Array.of(1, 2, 2, 1))]).toEqual(Array(4).fill(Number.NaN));
  });
});
