import { metrics } from '../ops/index.js';
import { type BenchmarkCase, scalable } from './case.js';
import { alsStepCase } from './cases/als-step.js';
import { centroidUpdateCase } from './cases/centroid-update.js';
import { cosineTopKCase } from './cases/cosine-topk.js';
import { distanceSumsCase } from './cases/distance-sums.js';
import { featureMomentsCase } from './cases/feature-moments.js';
import { gramCase } from './cases/gram.js';
import { kdTreeCase } from './cases/kd-tree.js';
import { lloydStartsCase } from './cases/lloyd-starts.js';
import { lloydStepCase } from './cases/lloyd-step.js';
import { lloydStepsCase } from './cases/lloyd-steps.js';
import { nearestCentroidCase } from './cases/nearest-centroid.js';
import { nearestLabelCase } from './cases/nearest-label.js';
import type { PairsShape } from './cases/pairs.js';
import { pairwiseDistanceCase } from './cases/pairwise-distance.js';
import { plusPlusCase } from './cases/plus-plus.js';
import { plusPlusStartsCase } from './cases/plus-plus-starts.js';
import { radiusCountsCase } from './cases/radius-counts.js';
import type { Shape } from './cases/shape.js';
import { sparseCosineTopKCase } from './cases/sparse-cosine-topk.js';
import { strongestNeighbourCase, strongestOwnedCase } from './cases/strongest.js';
import type { TreeShape } from './cases/tree.js';
import { connectMarkedCase, nearestOtherCase } from './cases/tree-groups.js';
import { corePointsCase, nearestMarkedCase, nearestNeighboursCase } from './cases/tree-neighbours.js';

export type Suite = 'quick' | 'full';

/** The sizes of one kernel, or of several that are alike: the quick suite takes the first few of them. */
interface Ladder {
  quick: BenchmarkCase[];
  /** What the full suite has besides, so that the two can be compared. */
  more?: BenchmarkCase[];
}

const quickShapes: Shape[] = [
  [8, 100_000, 8],
  [32, 100_000, 64],
];

const moreShapes: Shape[] = [
  [8, 1_000_000, 8],
  [16, 1_000_000, 16],
  [32, 1_000_000, 64],
  [64, 200_000, 256],
  [128, 1_000_000, 1024],
];

function ofCustomers(make: (shape: Shape) => BenchmarkCase): Ladder {
  const cases = (shapes: Shape[]) =>
    shapes.map(([features, customers, k]) =>
      scalable(rows => make([features, rows, k]), customers, Math.max(1000, 4 * k)),
    );
  return { quick: cases(quickShapes), more: cases(moreShapes) };
}

/** Moments know nothing of segments: shapes that differ in no more than k are one. */
function ofMoments(): Ladder {
  const { quick, more = [] } = ofCustomers(featureMomentsCase);
  const known = new Set(quick.map(({ shape }) => shape));
  const isNew = ({ shape }: BenchmarkCase) => !known.has(shape) && known.add(shape);
  return { quick, more: more.filter(isNew) };
}

function ofPairs(make: (shape: PairsShape) => BenchmarkCase, [features, m, n]: PairsShape): BenchmarkCase {
  return scalable(rows => make([features, rows, n]), m, 100);
}

/** Users and entries become fewer together. */
function ofUsers(make: (users: number, entries: number) => BenchmarkCase, users: number, entries: number) {
  return scalable(rows => make(rows, Math.round((entries * rows) / users)), users, 150);
}

function inTree(make: (shape: TreeShape) => BenchmarkCase): Ladder {
  const of = ([customers, features]: TreeShape) => scalable(rows => make([rows, features]), customers);
  return { quick: [of([50_000, 4])], more: [of([1_000_000, 4]), of([200_000, 10])] };
}

function allLadders(): Ladder[] {
  const distances: PairsShape[] = [
    [32, 2000, 2000],
    [32, 10_000, 10_000],
  ];
  const ofMetrics = (shape: PairsShape) =>
    metrics.map(metric => ofPairs(smaller => pairwiseDistanceCase(smaller, metric), shape));
  const topK = (factors: number, m: number, n: number) =>
    scalable(queries => cosineTopKCase(factors, queries, n, 10), m, 100);
  return [
    ofCustomers(nearestCentroidCase),
    ofCustomers(nearestLabelCase),
    ofCustomers(centroidUpdateCase),
    ofCustomers(lloydStepCase),
    ofCustomers(lloydStepsCase),
    { quick: [scalable(rows => lloydStartsCase([8, rows, 8], 10), 10_000)] },
    ofCustomers(plusPlusCase),
    { quick: [scalable(rows => plusPlusStartsCase([8, rows, 8], 10), 10_000)] },
    ofMoments(),
    { quick: ofMetrics(distances[0]), more: ofMetrics(distances[1]) },
    {
      quick: [ofPairs(distanceSumsCase, distances[0])],
      more: [ofPairs(distanceSumsCase, distances[1])],
    },
    {
      quick: [scalable(customers => radiusCountsCase([4, 1000, customers]), 5000)],
      more: [scalable(customers => radiusCountsCase([8, 2000, customers]), 1_000_000)],
    },
    inTree(kdTreeCase),
    inTree(shape => nearestNeighboursCase(shape, 8)),
    inTree(corePointsCase),
    inTree(nearestMarkedCase),
    inTree(connectMarkedCase),
    inTree(nearestOtherCase),
    { quick: [topK(64, 2000, 20_000)], more: [topK(64, 100_000, 20_000), topK(10, 480_000, 17_000)] },
    {
      quick: [ofUsers((users, entries) => sparseCosineTopKCase(users, 2000, entries, 100), 10_000, 500_000)],
      more: [
        ofUsers((users, entries) => sparseCosineTopKCase(users, 27_000, entries, 100), 138_000, 5_000_000),
      ],
    },
    {
      quick: [ofUsers((users, entries) => strongestNeighbourCase(users, 2000, entries), 10_000, 500_000)],
      more: [ofUsers((users, entries) => strongestNeighbourCase(users, 27_000, entries), 138_000, 5_000_000)],
    },
    {
      quick: [ofUsers((users, entries) => strongestOwnedCase(users, 2000, entries, 64), 10_000, 500_000)],
      more: [ofUsers((users, entries) => strongestOwnedCase(users, 27_000, entries, 64), 138_000, 5_000_000)],
    },
    {
      quick: [scalable(rows => gramCase(rows, 64), 100_000)],
      more: [scalable(rows => gramCase(rows, 128), 1_000_000)],
    },
    {
      quick: [ofUsers((users, entries) => alsStepCase(users, 2000, entries, 64), 10_000, 500_000)],
      more: [ofUsers((users, entries) => alsStepCase(users, 27_000, entries, 64), 138_000, 5_000_000)],
    },
  ];
}

/** The ladder of sizes: the quick suite is the foot of the full one, so that the two can be compared. */
export function benchmarkCases(suite: Suite): BenchmarkCase[] {
  return allLadders().flatMap(({ quick, more = [] }) => (suite === 'full' ? [...quick, ...more] : quick));
}
