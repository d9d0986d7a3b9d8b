import * as tf from '@tensorflow/tfjs-core';
import { distanceSums, distanceSumsCost } from '../../ops/index.js';
import type { BenchmarkCase } from '../case.js';
import { distanceOracles, sampleOf } from '../data.js';
import { far } from './checks.js';
import { type PairsShape, pairsCase, pairsWords } from './pairs.js';

const segments = 8;

export function distanceSumsCase(shape: PairsShape): BenchmarkCase {
  const [, m, n] = shape;
  const starts = Int32Array.from({ length: segments + 1 }, (_, s) => Math.floor((s * n) / segments));
  return pairsCase(shape, {
    kernel: 'DistanceSums',
    words: `${pairsWords(shape)}, ${segments} segments`,
    cost: distanceSumsCost(...shape, segments),
    run: (a, b) =>
      tf.tidy(() => {
        const begin = tf.tensor1d(starts, 'int32');
        return [distanceSums(a, b, begin, 'euclidean')];
      }),
    check([sums], a, b) {
      for (const place of sampleOf(m * segments, 10)) {
        const [i, s] = [Math.floor(place / segments), place % segments];
        let exact = 0;
        for (let j = starts[s]; j < starts[s + 1]; j++) exact += distanceOracles.euclidean(a(i), b(j));
        if (far(sums[place], exact, exact))
          return `the distances of customer ${i} to segment ${s} sum to ${sums[place]}, not ${exact}`;
      }
      return undefined;
    },
  });
}
