import { radiusCounts, radiusCountsCost } from '../../ops/index.js';
import type { BenchmarkCase } from '../case.js';
import { distanceOracles, sampleOf } from '../data.js';
import { type PairsShape, pairsCase } from './pairs.js';

/** The cost is that of all distances: a device that skips some comes closer to its limits than its arithmetic does. */
export function radiusCountsCase(shape: PairsShape): BenchmarkCase {
  const [features, m, n] = shape;
  // A few of a hundred.
  const radius = 0.35 * Math.sqrt(features);
  return pairsCase(shape, {
    kernel: 'RadiusCounts',
    cost: radiusCountsCost(...shape),
    run: (a, b) => [radiusCounts(a, b, { radius, metric: 'euclidean' })],
    check([counts], a, b) {
      for (const i of sampleOf(m, 5)) {
        const from = a(i);
        const distances = Array.from({ length: n }, (_, j) => distanceOracles.euclidean(from, b(j)));
        // Pairs at the radius may fall on either side.
        const within = (limit: number) => distances.filter(distance => distance <= limit).length;
        const [least, most] = [within(radius * (1 - 1e-5)), within(radius * (1 + 1e-5))];
        if (!(counts[i] >= least && counts[i] <= most))
          return `customer ${i} has ${counts[i]} neighbours, not ${least}`;
      }
      return undefined;
    },
  });
}
