import * as tf from '@tensorflow/tfjs-core';
import { corePoints, nearestMarked, nearestNeighbours, squaredDistance } from '../../ops/tree/index.js';
import type { BenchmarkCase } from '../case.js';
import { sampleOf } from '../data.js';
import { distancesFrom, squaredRadiusFor, type TreeShape, treeCase } from './tree.js';

const samples = 10;

export function nearestNeighboursCase(shape: TreeShape, count: number): BenchmarkCase {
  return treeCase(shape, {
    kernel: 'NearestNeighbours',
    more: `${count} nearest`,
    outputs: count,
    prepare: tree => ({
      run: tensors => [nearestNeighbours(tensors, tensors.points, count)],
      check([places]) {
        const { points, features, customers } = tree;
        for (const place of sampleOf(customers, samples)) {
          const exact = distancesFrom(tree, place).sort();
          for (let rank = 0; rank < count; rank++) {
            const other = places[place * count + rank];
            const distance = squaredDistance(points, place * features, points, other * features, features);
            if (distance !== exact[rank])
              return `neighbour ${rank} of ${place} is at ${distance}, not ${exact[rank]}`;
          }
        }
        return undefined;
      },
    }),
  });
}

/** Customers that make one core. */
const minPoints = 5;

export function corePointsCase(shape: TreeShape): BenchmarkCase {
  const squaredRadius = squaredRadiusFor(shape);
  return treeCase(shape, {
    kernel: 'CorePoints',
    prepare: tree => ({
      run: tensors => [corePoints(tensors, { squaredRadius, minPoints }, 0, tree.nodes - tree.firstLeaf)],
      check([core]) {
        for (const place of sampleOf(tree.customers, samples)) {
          const near = distancesFrom(tree, place).filter(distance => distance <= squaredRadius).length;
          if ((core[place] === 1) !== near >= minPoints)
            return `customer ${place} has ${near} within the radius, and is ${core[place] ? '' : 'not '}core`;
        }
        return undefined;
      },
    }),
  });
}

export function nearestMarkedCase(shape: TreeShape): BenchmarkCase {
  const squaredRadius = squaredRadiusFor(shape);
  return treeCase(shape, {
    kernel: 'NearestMarked',
    prepare(tree) {
      const marks = Int32Array.from({ length: tree.customers }, (_, place) => (place % 3 === 1 ? 1 : 0));
      return {
        upload: () => [tf.tensor1d(tree.order, 'int32'), tf.tensor1d(marks, 'int32')],
        run: (tensors, [order, marked]) => [
          nearestMarked(tensors, order as tf.Tensor1D, marked as tf.Tensor1D, tensors.points, squaredRadius),
        ],
        check([places]) {
          for (const place of sampleOf(tree.customers, samples)) {
            const distances = distancesFrom(tree, place);
            const exact = distances.reduce(
              (least, distance, other) => (marks[other] ? Math.min(least, distance) : least),
              Number.POSITIVE_INFINITY,
            );
            const found = places[place] < 0 ? Number.POSITIVE_INFINITY : distances[places[place]];
            if (found !== (exact <= squaredRadius ? exact : Number.POSITIVE_INFINITY))
              return `the nearest of ${place} is at ${found}, not ${exact}`;
          }
          return undefined;
        },
      };
    },
  });
}
