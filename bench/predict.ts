import * as tf from '@tensorflow/tfjs-core';
import { size } from '#kindred/benchmark/case.js';
import { nearestCentroidCost, nearestLabelCost } from '#kindred/ops/index.js';
import { KMeans } from '#kindred/segment/index.js';
import { clock } from './alternate.js';
import { expectSame } from './check.js';
import type { Comparison } from './comparison.js';
import { customersAround, someCustomers } from './data.js';
import { peerRow } from './peer-rows.js';

const [features, k] = [16, 32];

const peers: [name: string, wanted: number][] = [
  ['scikit-learn', 6],
  ['scikit-learn-intelex', 1.5],
];

/** A model that was saved with these centroids. */
function savedModel(centroids: Float32Array): KMeans {
  return KMeans.fromJSON({
    kind: 'k-means',
    version: 1,
    options: { k },
    features,
    centroids: Array.from({ length: k }, (_, c) => [...centroids.subarray(c * features, (c + 1) * features)]),
    sizes: [],
    inertia: 0,
    iterations: 0,
    converged: true,
  });
}

/** The segments of customers that a saved model has not seen, with their distances. */
export const predict: Comparison = {
  name: 'predict',
  async *run(bench) {
    const customers = bench.quick ? 500_000 : 10_000_000;
    const x = customersAround(1, k, features, customers);
    const centroids = someCustomers(2, k, x, features);
    const model = savedModel(centroids);
    const onDevice = tf.tensor2d(x, [features, customers]);
    await bench.python?.load('predict', {
      x: { values: x, shape: [features, customers] },
      centroids: { values: centroids, shape: [k, features] },
    });
    const { labels } = await model.predict(onDevice);
    expectSame('labels', labels, await model.predictLabels(onDevice), 0);
    // Peers give labels alone.
    const ways = [
      {
        name: 'KMeans.predictLabels',
        run: () => model.predictLabels(onDevice),
        bytes: nearestLabelCost(features, customers, k).bytes,
        isAlike: true,
      },
      {
        name: 'KMeans.predict, which gives distances too',
        run: () => model.predict(onDevice),
        bytes: nearestCentroidCost(features, customers, k).bytes,
        isAlike: false,
      },
    ];
    for (const { name, run, bytes, isAlike } of ways)
      for (const [peer, wanted] of peers) {
        yield await peerRow(bench, {
          work: `${name}, ${size(customers)} × ${features} to ${k} centroids`,
          peer,
          wanted: isAlike ? wanted : undefined,
          least: { scores: customers * k, depth: features, extra: 2, bytes },
          check: ({ arrays }) => {
            expectSame('labels', labels, arrays.labels, 1e-5);
            return undefined;
          },
          ours: () => clock(run),
        });
      }
    onDevice.dispose();
  },
};
