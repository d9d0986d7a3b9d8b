import * as tf from '@tensorflow/tfjs-core';
import { size } from '#kindred/benchmark/case.js';
import { Hdbscan } from '#kindred/segment/index.js';
import { clock } from './alternate.js';
import type { Comparison } from './comparison.js';
import { expectSameClusters } from './dbscan.js';
import { groupsApart } from './groups-apart.js';
import { peerRow } from './peer-rows.js';

const options = { minClusterSize: 20 };

/** Clusters of differing densities. */
export const hdbscanComparison: Comparison = {
  name: 'hdbscan',
  async *run(bench) {
    const [features, customers] = [10, bench.quick ? 5_000 : 50_000];
    const x = groupsApart(4, { groups: 12, features, customers, spread: 1.4, noise: 0.05 });
    const onDevice = tf.tensor2d(x, [features, customers]);
    await bench.python?.load('hdbscan', { x: { values: x, shape: [features, customers] } }, options);
    const model = new Hdbscan(options);
    // The peer takes the better part of a minute.
    yield await peerRow(
      { ...bench, rounds: Math.min(3, bench.rounds) },
      {
        work: `${size(customers)} × ${features}, ${options.minClusterSize} customers a cluster at least`,
        peer: 'scikit-learn',
        wanted: 5,
        async check({ arrays }) {
          await model.fit(onDevice);
          // Where mergers are at the same distance the peer lets the order of the customers decide.
          expectSameClusters(model.labels, arrays.labels, 5e-3);
          return `${model.clusters} clusters`;
        },
        ours: () => clock(() => model.fit(onDevice)),
      },
    );
    onDevice.dispose();
  },
};
