import * as tf from '@tensorflow/tfjs-core';
import { size } from '#kindred/benchmark/case.js';
import { silhouette } from '#kindred/evaluate/index.js';
import { nearestCentroid } from '#kindred/ops/index.js';
import { clock } from './alternate.js';
import { expectAllClose } from './check.js';
import type { Comparison } from './comparison.js';
import { customersAround, someCustomers } from './data.js';
import { peerRow } from './peer-rows.js';

const [features, k] = [8, 8];

/** Silhouettes of all customers, each compared with everybody. */
export const silhouetteComparison: Comparison = {
  name: 'silhouette',
  async *run(bench) {
    const customers = bench.quick ? 5_000 : 50_000;
    const x = customersAround(6, k, features, customers);
    const onDevice = tf.tensor2d(x, [features, customers]);
    const centroids = tf.tensor2d(someCustomers(7, k, x, features), [k, features]);
    const nearest = nearestCentroid(onDevice, centroids);
    const labels = (await nearest.labels.data()) as Int32Array;
    tf.dispose([centroids, nearest.labels, nearest.distances]);
    await bench.python?.load('silhouette', {
      x: { values: x, shape: [features, customers] },
      labels: { values: labels, shape: [customers] },
    });
    yield await peerRow(
      { ...bench, rounds: Math.min(3, bench.rounds) },
      {
        work: `${size(customers)} × ${features}, ${k} segments`,
        peer: 'scikit-learn',
        wanted: 5,
        async check({ arrays }) {
          expectAllClose('score', (await silhouette(onDevice, labels)).scores, arrays.scores, 1e-3);
          return undefined;
        },
        ours: () => clock(() => silhouette(onDevice, labels)),
      },
    );
    onDevice.dispose();
  },
};
