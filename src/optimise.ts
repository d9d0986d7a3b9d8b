/**
 * A function to minimise: returns its value at `point`, writes its gradient `[n]` and the upper triangle of its Hessian
 * `[n, n]` (both come filled with 0); NaN or infinity where it is not defined.
 */
export type Objective = (point: Float64Array, gradient: Float64Array, hessian: Float64Array) => number;

export interface Minimum {
  point: Float64Array;
  value: number;
  gradient: Float64Array;
  /** `[n, n]`, second derivatives at the point. */
  hessian: Float64Array;
  iterations: number;
  /** Whether the gradient came below the tolerance, or nothing better was left within rounding. */
  converged: boolean;
}

export interface MinimiseOptions {
  maxIterations?: number;
  /** Largest component of the gradient at which the search ends. */
  tolerance?: number;
  /** How far one step may go; a quadratic says nothing of what is far away. 2: a factor of e² where variables are logarithms. */
  longestStep?: number;
}

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const largest = (a: Float64Array) => a.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

/** Value and derivatives at a point. */
type Place = Omit<Minimum, 'iterations' | 'converged'>;

function evaluate(objective: Objective, point: Float64Array): Place {
  const n = point.length;
  const gradient = new Float64Array(n);
  const hessian = new Float64Array(n * n);
  const value = objective(point, gradient, hessian);
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) hessian[i * n + j] = hessian[j * n + i]!;
  return { point, value, gradient, hessian };
}

/** The step to the least value of the quadratic with these derivatives and `damping` added to the diagonal; undefined if it has none. */
function newtonStep({ gradient, hessian }: Place, damping: number): Float64Array | undefined {
  const n = gradient.length;
  // Cholesky's decomposition, and the two triangular systems.
  const lower = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = hessian[i * n + j]! + (i === j ? damping : 0);
      for (let k = 0; k < j; k++) sum -= lower[i * n + k]! * lower[j * n + k]!;
      if (i === j && !(sum > 1e-14 * Math.abs(hessian[i * n + i]! + damping))) return undefined;
      lower[i * n + j] = i === j ? Math.sqrt(sum) : sum / lower[j * n + j]!;
    }
  }
  const step = gradient.map(g => -g);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) step[i]! -= lower[i * n + k]! * step[k]!;
    step[i]! /= lower[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) step[i]! -= lower[k * n + i]! * step[k]!;
    step[i]! /= lower[i * n + i]!;
  }
  return step;
}

/** What the quadratic foretells a step to gain. */
function foretold({ gradient, hessian }: Place, step: Float64Array): number {
  const n = step.length;
  let curvature = 0;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) curvature += step[i]! * hessian[i * n + j]! * step[j]!;
  return -dot(gradient, step) - curvature / 2;
}

/**
 * Minimises a smooth function of a few variables by Newton's method, damped as Levenberg and Marquardt do where it is not
 * convex or where the quadratic promised too much (Nocedal and Wright, "Numerical Optimization", chapter 4); steps back from
 * where the function is not defined. Scale the variables to order one beforehand.
 */
export function minimise(
  objective: Objective,
  start: ArrayLike<number>,
  { maxIterations = 200, tolerance = 1e-9, longestStep = 2 }: MinimiseOptions = {},
): Minimum {
  let here = evaluate(objective, Float64Array.from(start));
  let damping = 0;
  for (let iterations = 0; iterations < maxIterations; iterations++) {
    const slope = largest(here.gradient);
    if (slope < tolerance) return { ...here, iterations, converged: true };
    const scale = Math.max(1e-3 * slope, 1e-6);
    const rounding = Number.EPSILON * Math.abs(here.value);
    let next: Place | undefined;
    let gain = 0;
    for (let trial = 0; trial < 60 && !next; trial++) {
      const step = newtonStep(here, damping);
      const length = step ? Math.sqrt(dot(step, step)) : Number.POSITIVE_INFINITY;
      if (!step || !Number.isFinite(length)) {
        damping = Math.max(4 * damping, scale);
        continue;
      }
      if (length > longestStep) for (let i = 0; i < step.length; i++) step[i]! *= longestStep / length;
      gain = foretold(here, step);
      const there = evaluate(
        objective,
        here.point.map((x, i) => x + step[i]!),
      );
      const gained = here.value - there.value;
      // A sum over millions of rows is less exact than its gradient, so a rise that small does not count.
      if (gained >= 1e-4 * gain - 1e4 * rounding) next = there;
      if (!next || gained < gain / 4) damping = Math.max(4 * damping, scale);
      else if (gained > (3 * gain) / 4) damping = damping > scale ? damping / 8 : 0;
    }
    const isLower = next && (gain > 4 * rounding || largest(next.gradient) < slope / 2);
    // What is left to gain drowns in the rounding of the function, or nothing is.
    if (!next || !isLower) return { ...here, iterations, converged: gain <= 1e4 * rounding };
    here = next;
  }
  return { ...here, iterations: maxIterations, converged: largest(here.gradient) < tolerance };
}

/**
 * Inverse of a small symmetric positive definite matrix `[n, n]` by Gauss-Jordan elimination; NaN throughout if it is not one.
 */
export function inverseOf(matrix: Float64Array): Float64Array {
  const n = Math.sqrt(matrix.length);
  const work = matrix.slice();
  for (let pivot = 0; pivot < n; pivot++) {
    const scale = work[pivot * n + pivot]!;
    if (!(scale > 0)) return matrix.map(() => Number.NaN);
    work[pivot * n + pivot] = 1;
    for (let j = 0; j < n; j++) work[pivot * n + j]! /= scale;
    for (let i = 0; i < n; i++) {
      if (i === pivot) continue;
      const factor = work[i * n + pivot]!;
      work[i * n + pivot] = 0;
      for (let j = 0; j < n; j++) work[i * n + j]! -= factor * work[pivot * n + j]!;
    }
  }
  return work;
}
