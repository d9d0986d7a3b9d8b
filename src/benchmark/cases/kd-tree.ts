import * as tf from '@tensorflow/tfjs-core';
import { kdTree, kdTreeCost, leafSize } from '../../ops/tree/index.js';
import { type BenchmarkCase, size } from '../case.js';
import { sampleOf, uniformMatrix } from '../data.js';
import { sampled } from './checks.js';
import type { TreeShape } from './tree.js';

export function kdTreeCase([customers, features]: TreeShape): BenchmarkCase {
  const cost = kdTreeCost(customers, features);
  return {
    kernel: 'KdTree',
    shape: `${size(customers)} × ${features}`,
    rows: customers,
    // The customers before and after, on the device and on the host.
    memory: 16 * customers * (features + 1),
    prepare() {
      const x = uniformMatrix(1, customers, features);
      return {
        cost,
        upload: () => [tf.tensor2d(x, [customers, features])],
        run(inputs) {
          const { points, order, low, high } = kdTree(inputs[0] as tf.Tensor2D);
          return [points, order, low, high];
        },
        check([points, order, low, high]) {
          if (new Set(Array.from(order)).size !== customers) return 'a customer is twice in the tree';
          const nodes = low.length / features;
          const firstLeaf = (nodes - 1) / 2;
          for (const place of sampleOf(customers, sampled)) {
            for (let f = 0; f < features; f++) {
              const value = points[place * features + f];
              if (value !== x[order[place] * features + f])
                return `place ${place} has another customer's values`;
              if (!(value >= low[f] && value <= high[f])) return `place ${place} is outside of the tree`;
            }
          }
          // Who is in a leaf is in its box.
          for (let f = 0; f < features; f++) {
            for (let place = 0; place < Math.min(customers, leafSize / 2); place++) {
              const value = points[place * features + f];
              const corner = firstLeaf * features + f;
              if (!(value >= low[corner] && value <= high[corner]))
                return `place ${place} is outside of its leaf`;
            }
          }
          return undefined;
        },
      };
    },
  };
}
