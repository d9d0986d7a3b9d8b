import { hessian, inverseOf, type Minimum, minimise } from '../optimise.js';
import { type Collapsed, thinned } from './collapse.js';

/**
 * Log-likelihood of distinct rows, weighted by their counts, at positive parameters; adds its derivatives by the
 * parameters to `gradient`.
 */
export type LogLikelihood = (rows: Collapsed, parameters: Float64Array, gradient: Float64Array) => number;

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

/**
 * Maximises a likelihood over positive parameters. The search runs on their logarithms, where a change of the unit of time
 * or money is a mere shift, and from several starting values: roughly, and on a part of the rows if there are many, then from the best on all.
 */
export function maximumLikelihood(rows: Collapsed, likelihood: LogLikelihood, starts: number[][]): Estimate {
  const logStarts = starts.map(start => start.map(Math.log));
  const centre = logStarts[0]!.map(
    (_, i) => logStarts.reduce((sum, start) => sum + start[i]!, 0) / starts.length,
  );
  const objectiveOn = (table: Collapsed, wall = WALL) => {
    const weight = table.counts.reduce((sum, count) => sum + count, 0);
    return (point: Float64Array, gradient: Float64Array) => {
      const parameters = point.map(Math.exp);
      gradient.fill(0);
      let value = -likelihood(table, parameters, gradient) / weight;
      for (let i = 0; i < gradient.length; i++) {
        const away = point[i]! - centre[i]!;
        const beyond = away - Math.max(-REACH, Math.min(REACH, away));
        value += (wall / 2) * beyond * beyond;
        gradient[i] = wall * beyond - (gradient[i]! * parameters[i]!) / weight;
      }
      return value;
    };
  };
  const step = Math.ceil(rows.counts.length / TRIAL_ROWS);
  const trial = objectiveOn(step > 1 ? thinned(rows, step) : rows);
  let best: Minimum | undefined;
  for (const start of logStarts) {
    const found = minimise(trial, start, { tolerance: 1e-3 });
    if (best === undefined || !(found.value >= best.value)) best = found;
  }
  const objective = objectiveOn(rows);
  const nearby = inverseOf(hessian(trial, best!.point));
  const { point, iterations, converged } = minimise(objective, best!.point, { inverse: nearby });
  const weight = rows.counts.reduce((sum, count) => sum + count, 0);
  const open = objectiveOn(rows, 0);
  const covariance = inverseOf(hessian(open, point));
  const parameters = point.map(Math.exp);
  return {
    parameters,
    // The errors of the logarithms, carried over by the delta method.
    standardErrors: parameters.map((p, i) => p * Math.sqrt(covariance[i]![i]! / weight)),
    logLikelihood: -open(point, new Float64Array(point.length)) * weight,
    iterations,
    converged,
  };
}
