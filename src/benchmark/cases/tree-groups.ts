import * as tf from '@tensorflow/tfjs-core';
import { connectMarked, nearestOther } from '../../ops/tree/index.js';
import type { BenchmarkCase } from '../case.js';
import { sampleOf } from '../data.js';
import { distancesFrom, squaredRadiusFor, type TreeShape, treeCase } from './tree.js';

const samples = 10;

export function connectMarkedCase(shape: TreeShape): BenchmarkCase {
  const squaredRadius = squaredRadiusFor(shape);
  return treeCase(shape, {
    kernel: 'ConnectMarked',
    prepare(tree) {
      const marks = Int32Array.from({ length: tree.customers }, (_, place) => (place % 3 === 0 ? 0 : 1));
      return {
        upload: () => [tf.tensor1d(marks, 'int32')],
        run: (tensors, [marked]) => [connectMarked(tensors, marked as tf.Tensor1D, squaredRadius)],
        check([groups]) {
          for (const place of sampleOf(tree.customers, samples)) {
            if (!marks[place] !== groups[place] < 0) return `customer ${place} is in group ${groups[place]}`;
            if (!marks[place]) continue;
            const apart = distancesFrom(tree, place).findIndex(
              (distance, other) =>
                marks[other] === 1 && distance <= squaredRadius && groups[other] !== groups[place],
            );
            if (apart >= 0) return `customers ${place} and ${apart} are near, but in two groups`;
          }
          return undefined;
        },
      };
    },
  });
}

/** Customers of a group, who are near each other. */
const groupSize = 8;

/** The first round of Borůvka's algorithm behind the one that joins the nearest: nothing is known yet. */
export function nearestOtherCase(shape: TreeShape): BenchmarkCase {
  return treeCase(shape, {
    kernel: 'NearestOther',
    more: `groups of ${groupSize}`,
    outputs: 2,
    prepare(tree) {
      const { customers } = tree;
      const groups = Int32Array.from({ length: customers }, (_, place) => place - (place % groupSize));
      const none = new Int32Array(customers).fill(-1);
      return {
        upload: () => [
          tf.tensor1d(none, 'int32'),
          tf.tensor1d(groups, 'int32'),
          tf.tensor1d(none, 'int32'),
          tf.tensor1d(new Float32Array(customers)),
        ],
        run(tensors, inputs) {
          const [core, grouped, others, bounds] = inputs as tf.Tensor1D[];
          const found = nearestOther(tensors, core, grouped, { others, bounds });
          return [found.others, found.bounds];
        },
        check([others]) {
          for (const first of sampleOf(customers, 5).map(place => groups[place])) {
            let [exact, found] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
            for (let place = first; place < Math.min(customers, first + groupSize); place++) {
              const distances = distancesFrom(tree, place);
              distances.forEach((distance, other) => {
                if (groups[other] !== first) exact = Math.min(exact, distance);
              });
              const other = others[place];
              if (other >= 0 && groups[other] !== first) found = Math.min(found, distances[other]);
            }
            if (found !== exact)
              return `the group of ${first} is ${found} from the nearest other, not ${exact}`;
          }
          return undefined;
        },
      };
    },
  });
}
