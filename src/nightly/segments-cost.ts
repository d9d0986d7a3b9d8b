import { type Cost, lloydStepCost, times } from '../ops/index.js';
import type { Config } from './config/index.js';

/** Iterations that a start takes more or less, to estimate the work. */
const usualIterations = 20;

/** Numbers of segments that `k: auto` tries, more or less. */
const usualChoices = 9;

/** What finding segments costs, more or less; the other algorithms compute on the processor. */
export function segmentsCost({ segments }: Pick<Config, 'segments'>, columns: number, rows: number): Cost {
  if (segments === false || segments.algorithm !== 'kmeans') return lloydStepCost(columns, rows, 1);
  const { k = 5, batchSize = rows, starts = batchSize < rows ? 3 : 10 } = segments;
  const [fits, most] = typeof k === 'number' ? [1, k] : [usualChoices, 10];
  return times(fits * starts * usualIterations, lloydStepCost(columns, Math.min(rows, batchSize), most));
}
