import { metrics } from '../ops/index.js';
import type { BenchmarkCase } from './case.js';
import { alsStepCase } from './cases/als-step.js';
import { centroidUpdateCase } from './cases/centroid-update.js';
import { cosineTopKCase } from './cases/cosine-topk.js';
import { distanceSumsCase } from './cases/distance-sums.js';
import { featureMomentsCase } from './cases/feature-moments.js';
import { gramCase } from './cases/gram.js';
import { lloydStepCase } from './cases/lloyd-step.js';
import { lloydStepsCase } from './cases/lloyd-steps.js';
import { nearestCentroidCase } from './cases/nearest-centroid.js';
import { pairwiseDistanceCase } from './cases/pairwise-distance.js';
import { plusPlusCase } from './cases/plus-plus.js';
import { radiusCountsCase } from './cases/radius-counts.js';
import type { Shape } from './cases/shape.js';
import { sparseCosineTopKCase } from './cases/sparse-cosine-topk.js';

export type Suite = 'quick' | 'full';

const quickShapes: Shape[] = [
  [8, 100_000, 8],
  [32, 100_000, 64],
];

const fullShapes: Shape[] = [
  ...quickShapes,
  [8, 1_000_000, 8],
  [16, 1_000_000, 16],
  [32, 1_000_000, 64],
  [64, 200_000, 256],
  [128, 1_000_000, 1024],
];

/** Moments know nothing of segments: shapes that differ in no more than k are one. */
function momentsShapes(shapes: Shape[]): Shape[] {
  return shapes.filter(
    ([features, customers], i) =>
      shapes.findIndex(other => other[0] === features && other[1] === customers) === i,
  );
}

/** The ladder of sizes: the quick suite is the foot of the full one, so that the two can be compared. */
export function benchmarkCases(suite: Suite): BenchmarkCase[] {
  const shapes = suite === 'quick' ? quickShapes : fullShapes;
  const full = suite === 'full';
  return [
    ...shapes.map(nearestCentroidCase),
    ...shapes.map(centroidUpdateCase),
    ...shapes.map(lloydStepCase),
    ...shapes.map(lloydStepsCase),
    ...shapes.map(plusPlusCase),
    ...momentsShapes(shapes).map(featureMomentsCase),
    ...metrics.map(metric => pairwiseDistanceCase([32, 2000, 2000], metric)),
    ...(full ? metrics.map(metric => pairwiseDistanceCase([32, 10_000, 10_000], metric)) : []),
    distanceSumsCase([32, 2000, 2000]),
    ...(full ? [distanceSumsCase([32, 10_000, 10_000])] : []),
    radiusCountsCase([4, 1000, 5000]),
    ...(full ? [radiusCountsCase([8, 2000, 1_000_000])] : []),
    cosineTopKCase(64, 2000, 20_000, 10),
    ...(full ? [cosineTopKCase(64, 100_000, 20_000, 10), cosineTopKCase(10, 480_000, 17_000, 10)] : []),
    sparseCosineTopKCase(10_000, 2000, 500_000, 100),
    ...(full ? [sparseCosineTopKCase(138_000, 27_000, 5_000_000, 100)] : []),
    gramCase(100_000, 64),
    ...(full ? [gramCase(1_000_000, 128)] : []),
    alsStepCase(10_000, 2000, 500_000, 64),
    ...(full ? [alsStepCase(138_000, 27_000, 5_000_000, 64)] : []),
  ];
}
