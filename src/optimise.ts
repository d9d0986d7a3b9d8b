/** A function to minimise: returns its value at `point` and writes its gradient; NaN or infinity where it is not defined. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;

export interface Minimum {
  point: Float64Array;
  value: number;
  gradient: Float64Array;
  iterations: number;
  /** Whether the gradient came below the tolerance, or nothing better was left within rounding. */
  converged: boolean;
}

export interface MinimiseOptions {
  maxIterations?: number;
  /** Largest component of the gradient at which the search ends. */
  tolerance?: number;
  /** Inverse of the Hessian near the start, where it is known from a like function; ignored if it is not finite. */
  inverse?: Float64Array[];
}

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const norm = (a: Float64Array) => a.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

/**
 * Minimises a smooth function of a few variables: BFGS (Nocedal and Wright, "Numerical Optimization", chapter 6) with the
 * bisecting line search for the weak Wolfe conditions of Lewis and Overton (2013), which steps back from where the function
 * is not defined. Scale the variables to order one beforehand.
 */
export function minimise(
  objective: Objective,
  start: ArrayLike<number>,
  options: MinimiseOptions = {},
): Minimum {
  const { maxIterations = 500, tolerance = 1e-9 } = options;
  const n = start.length;
  let point = Float64Array.from(start);
  let gradient = new Float64Array(n);
  let value = objective(point, gradient);
  /** Approximate inverse of the Hessian, row by row; empty until there is curvature to scale it by. */
  let inverse = options.inverse?.every(row => row.every(Number.isFinite)) ? options.inverse : [];
  for (let iterations = 0; iterations < maxIterations; iterations++) {
    if (norm(gradient) < tolerance) return { point, value, gradient, iterations, converged: true };
    let direction = gradient.map((g, i) =>
      inverse.length > 0 ? -dot(inverse[i]!, gradient) : -g / norm(gradient),
    );
    let slope = dot(direction, gradient);
    if (!(slope < 0)) {
      inverse = [];
      direction = gradient.map(g => -g / norm(gradient));
      slope = dot(direction, gradient);
    }
    // What is left to gain drowns in the rounding of the function.
    const rounding = Number.EPSILON * Math.abs(value);
    if (inverse.length > 0 && -slope < 4 * rounding)
      return { point, value, gradient, iterations, converged: true };
    // A sum over millions of rows is less exact than its gradient, so a rise that small does not count.
    const allowance = 1e4 * rounding;
    let low = 0;
    let high = Number.POSITIVE_INFINITY;
    let length = 1;
    let nextPoint = point;
    const nextGradient = new Float64Array(n);
    let nextValue = value;
    let isFound = false;
    for (let trial = 0; trial < 40 && !isFound; trial++) {
      nextPoint = point.map((x, i) => x + length * direction[i]!);
      nextValue = objective(nextPoint, nextGradient);
      if (!(nextValue <= value + 1e-4 * length * slope + allowance)) high = length;
      else if (dot(nextGradient, direction) < 0.9 * slope) low = length;
      else isFound = true;
      if (!isFound) length = high < Number.POSITIVE_INFINITY ? (low + high) / 2 : 2 * length;
    }
    if (!isFound) {
      // Either rounding hides any further descent, or old curvature misleads: try once more from scratch.
      if (inverse.length > 0) {
        inverse = [];
        continue;
      }
      return { point, value, gradient, iterations, converged: norm(gradient) < 1e3 * tolerance };
    }
    const step = nextPoint.map((x, i) => x - point[i]!);
    const change = nextGradient.map((g, i) => g - gradient[i]!);
    const curvature = dot(step, change);
    if (curvature > 0) {
      if (inverse.length === 0) {
        const scale = curvature / dot(change, change);
        inverse = Array.from({ length: n }, (_, i) => new Float64Array(n).fill(scale, i, i + 1));
      }
      const product = Float64Array.from(inverse, row => dot(row, change));
      const factor = (1 + dot(change, product) / curvature) / curvature;
      inverse = inverse.map((row, i) =>
        row.map(
          (h, j) =>
            h + factor * step[i]! * step[j]! - (product[i]! * step[j]! + step[i]! * product[j]!) / curvature,
        ),
      );
    }
    point = nextPoint;
    gradient = nextGradient;
    value = nextValue;
  }
  return { point, value, gradient, iterations: maxIterations, converged: false };
}

/** Second derivatives by central differences of the gradient, made symmetric. */
export function hessian(objective: Objective, point: Float64Array, step = 1e-4): Float64Array[] {
  const rows = Array.from(point, (_, i) => {
    const gradients = [step, -step].map(shift => {
      const gradient = new Float64Array(point.length);
      objective(
        point.map((x, j) => (i === j ? x + shift : x)),
        gradient,
      );
      return gradient;
    });
    return gradients[0]!.map((g, j) => (g - gradients[1]![j]!) / (2 * step));
  });
  return rows.map((row, i) => row.map((h, j) => (h + rows[j]![i]!) / 2));
}

/** Inverse of a small symmetric positive definite matrix by Gauss-Jordan elimination; NaN throughout if it is not one. */
export function inverseOf(matrix: Float64Array[]): Float64Array[] {
  const n = matrix.length;
  const work = matrix.map((row, i) =>
    Float64Array.from([...row, ...matrix.map((_, j) => (i === j ? 1 : 0))]),
  );
  for (let pivot = 0; pivot < n; pivot++) {
    const scale = work[pivot]![pivot]!;
    if (!(scale > 0)) return matrix.map(row => row.map(() => Number.NaN));
    work[pivot] = work[pivot]!.map(x => x / scale);
    for (let i = 0; i < n; i++) {
      if (i === pivot) continue;
      const factor = work[i]![pivot]!;
      work[i] = work[i]!.map((x, j) => x - factor * work[pivot]![j]!);
    }
  }
  return work.map(row => row.slice(n));
}
