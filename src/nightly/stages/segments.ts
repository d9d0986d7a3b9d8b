import { tensor2d } from '@tensorflow/tfjs-core';
import { lloydStepCost, times } from '../../ops/index.js';
import { KMeans, profileSegments } from '../../segment/index.js';
import type { Findings, Stage } from '../stage.js';

/** Iterations that a start takes more or less, to estimate the work. */
const usualIterations = 20;

/** What each customer of the features has spent, where that is known. */
function revenueOf({ value, features }: Findings): Float64Array | undefined {
  if (value) return value.columns.monetary.map(amount => (Number.isNaN(amount) ? 0 : amount));
  return features?.matrix.raw[features.matrix.names.indexOf('monetary')];
}

export const segments: Stage = {
  name: 'segments',
  does: 'divide customers into segments by k-means, profile them',
  idle: config => (config.segments === false ? 'segments: false' : undefined),
  async run({ config, device, progress, signal, found }) {
    if (!config.segments || !found.features) return 0;
    const { matrix } = found.features;
    const { names, rows, columns } = matrix;
    const { k, starts = 10 } = config.segments;
    await device(times(starts * usualIterations, lloydStepCost(columns, rows, k)));
    const x = tensor2d(matrix.values, [columns, rows]);
    const model = new KMeans({ ...config.segments, seed: config.seed });
    let iterations = 0;
    const onIteration = () => progress.update(++iterations, undefined, 'iterations');
    try {
      await model.fit(x, { features: names, onIteration, signal });
    } finally {
      x.dispose();
    }
    const profiles = profileSegments({
      labels: model.labels,
      k,
      features: names.map((name, i) => ({ name, values: matrix.raw[i] })),
      revenue: revenueOf(found),
    });
    found.segments = { model, profiles };
    return rows;
  },
};
