import { type Metric, pairwiseDistance, pairwiseDistanceCost } from '../../ops/index.js';
import type { BenchmarkCase } from '../case.js';
import { distanceOracles, sampleOf } from '../data.js';
import { far, sampled } from './checks.js';
import { type PairsShape, pairsCase, pairsWords } from './pairs.js';

export function pairwiseDistanceCase(shape: PairsShape, metric: Metric): BenchmarkCase {
  const [, m, n] = shape;
  return pairsCase(shape, {
    kernel: 'PairwiseDistance',
    words: `${metric}, ${pairsWords(shape)}`,
    cost: pairwiseDistanceCost(...shape),
    run: (a, b) => [pairwiseDistance(a, b, metric)],
    check([distances], a, b) {
      for (const place of sampleOf(m * n, sampled)) {
        const [i, j] = [Math.floor(place / n), place % n];
        const exact = distanceOracles[metric](a(i), b(j));
        if (far(distances[place], exact, Math.max(exact, 1)))
          return `the distance of ${i} and ${j} is ${distances[place]}, not ${exact}`;
      }
      return undefined;
    },
  });
}
