import { inverseOf, type Minimum, minimise } from '../optimise.js';
import { type Collapsed, thinned } from './collapse.js';

/** Customers with their log-likelihood. */
export interface Sample {
  /** How many they are. */
  weight: number;
  /**
   * Their log-likelihood at positive parameters; adds its derivatives by the parameters to `gradient` `[n]` and the second
   * ones to the upper triangle of `hessian` `[n, n]`.
   */
  logLikelihood(parameters: Float64Array, gradient: Float64Array, hessian: Float64Array): number;
}

export interface Estimate {
  parameters: Float64Array;
  /** Standard errors of the parameters by the observed information; NaN where the data do not determine them. */
  standardErrors: Float64Array;
  logLikelihood: number;
  iterations: number;
  converged: boolean;
}

/**
 * How far, as a power of e, a parameter may be from where the search began. Data can be so plain (nobody leaves, all buy at one
 * rate) that the likelihood rises for ever; beyond this nothing that is predicted changes, and a soft wall ends the search.
 */
const REACH = 8;
const WALL = 0.01;

/** Rows on which all starting values are tried. */
const TRIAL_ROWS = 600;

/** A part of the rows that is small enough to try starting values on; all where they are few. */
export function trialRows(rows: Collapsed): Collapsed {
  const step = Math.ceil(rows.counts.length / TRIAL_ROWS);
  return step > 1 ? thinned(rows, step) : rows;
}

/**
 * Inverse of a Hessian `[n, n]`. Where it has none since the likelihood still rises beyond the wall, of the other parameters
 * while those beyond stay where they are: these have no bound, but that says nothing against the others.
 */
function covarianceOf(hessian: Float64Array, isBeyond: Float64Array): Float64Array {
  const whole = inverseOf(hessian);
  const n = isBeyond.length;
  const kept = [...isBeyond.keys()].filter(i => isBeyond[i] === 0);
  if (!Number.isNaN(whole[0]!) || kept.length === n) return whole;
  const part = inverseOf(Float64Array.from(kept.flatMap(i => kept.map(j => hessian[i * n + j]!))));
  const covariance = hessian.map(() => Number.NaN);
  kept.forEach((i, row) => {
    kept.forEach((j, column) => {
      covariance[i * n + j] = part[row * kept.length + column]!;
    });
  });
  return covariance;
}

/**
 * Maximises a likelihood over positive parameters. The search runs on their logarithms, where a change of the unit of time
 * or money is a mere shift, and from several starting values: roughly, and on a part of the customers, then from the best on all.
 */
export function maximumLikelihood(all: Sample, trial: Sample, starts: number[][]): Estimate {
  const logStarts = starts.map(start => start.map(Math.log));
  const centre = logStarts[0]!.map(
    (_, i) => logStarts.reduce((sum, start) => sum + start[i]!, 0) / starts.length,
  );
  const n = centre.length;
  const objectiveOn =
    ({ weight, logLikelihood }: Sample, wall = WALL) =>
    (point: Float64Array, gradient: Float64Array, hessian: Float64Array) => {
      const p = point.map(Math.exp);
      let value = -logLikelihood(p, gradient, hessian) / weight;
      for (let i = 0; i < n; i++) {
        const away = point[i]! - centre[i]!;
        const beyond = away - Math.max(-REACH, Math.min(REACH, away));
        value += (wall / 2) * beyond * beyond;
        for (let j = i; j < n; j++) hessian[i * n + j]! *= (-p[i]! * p[j]!) / weight;
        gradient[i]! *= -p[i]! / weight;
        // The second derivative by a logarithm has the first one in it.
        hessian[i * n + i]! += gradient[i]! + (beyond === 0 ? 0 : wall);
        gradient[i]! += wall * beyond;
      }
      return value;
    };
  let best: Minimum | undefined;
  for (const start of logStarts) {
    const found = minimise(objectiveOn(trial), start, { tolerance: 1e-3 });
    if (best === undefined || !(found.value >= best.value)) best = found;
  }
  const { point, hessian, value, iterations, converged } = minimise(objectiveOn(all), best!.point);
  const isBeyond = point.map((x, i) => Number(Math.abs(x - centre[i]!) > REACH));
  const open = isBeyond.includes(1)
    ? minimise(objectiveOn(all, 0), point, { maxIterations: 0 })
    : { hessian, value };
  const covariance = covarianceOf(open.hessian, isBeyond);
  const parameters = point.map(Math.exp);
  return {
    parameters,
    // The errors of the logarithms, carried over by the delta method.
    standardErrors: parameters.map((p, i) => p * Math.sqrt(covariance[i * n + i]! / all.weight)),
    logLikelihood: -open.value * all.weight,
    iterations,
    converged,
  };
}
