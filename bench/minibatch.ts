import * as tf from '@tensorflow/tfjs-core';
import { size } from '#kindred/benchmark/case.js';
import { timingOf } from '#kindred/benchmark/measure.js';
import { KMeans } from '#kindred/segment/index.js';
import { clock } from './alternate.js';
import type { Comparison } from './comparison.js';
import { customersAround } from './data.js';
import { inertiaOf } from './lloyd.js';
import { peerRow } from './peer-rows.js';

const batchSize = 4096;

/** Mini-batch k-means, from the choice of first centroids to the centroids; one start. */
export const minibatch: Comparison = {
  name: 'minibatch',
  async *run(bench) {
    const shapes = bench.quick
      ? [{ customers: 100_000, features: 8, k: 8 }]
      : [
          { customers: 2_000_000, features: 8, k: 8 },
          { customers: 1_000_000, features: 32, k: 64 },
        ];
    for (const { customers, features, k } of shapes) {
      const x = customersAround(3, k, features, customers);
      const onDevice = tf.tensor2d(x, [features, customers]);
      await bench.python?.load(
        'minibatch_fit',
        { x: { values: x, shape: [features, customers] } },
        { k, batchSize },
      );
      const [ours, theirs]: number[][] = [[], []];
      const whole = await new KMeans({ k, starts: 1, exchange: false }).fit(onDevice);
      // The peer takes seconds for a fit.
      const fewer = { ...bench, rounds: Math.min(3, bench.rounds) };
      yield await peerRow(fewer, {
        work: `mini-batches of ${batchSize}: ${size(customers)} × ${features}, k = ${k}`,
        peer: 'scikit-learn',
        wanted: 1,
        tell: seed => ({ seed }),
        check: () => undefined,
        ours: seed =>
          clock(async () => {
            const model = await new KMeans({ k, starts: 1, batchSize, seed }).fit(onDevice);
            ours.push(model.inertia);
          }),
        async seen({ arrays }) {
          theirs.push(await inertiaOf(onDevice, arrays.centroids as Float32Array));
        },
        note: () => {
          const above = (all: number[]) =>
            `${(100 * (timingOf(all).median / whole.inertia - 1)).toFixed(2)} %`;
          return `inertia ${above(ours)} above that of a whole fit, theirs ${above(theirs)}; ${fewer.rounds} rounds`;
        },
      });
      onDevice.dispose();
    }
  },
};
