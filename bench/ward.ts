import * as tf from '@tensorflow/tfjs-core';
import { size } from '#kindred/benchmark/case.js';
import { linkage } from '#kindred/segment/index.js';
import { clock } from './alternate.js';
import { expectAllClose } from './check.js';
import type { Comparison } from './comparison.js';
import { customersAround } from './data.js';
import { peerRow } from './peer-rows.js';

/** The whole hierarchy of Ward's linkage. */
export const wardComparison: Comparison = {
  name: 'ward',
  async *run(bench) {
    const [features, customers] = [8, bench.quick ? 3_000 : 20_000];
    const x = customersAround(5, 12, features, customers);
    const onDevice = tf.tensor2d(x, [features, customers]);
    await bench.python?.load('ward', { x: { values: x, shape: [features, customers] } });
    yield await peerRow(
      { ...bench, rounds: Math.min(3, bench.rounds) },
      {
        work: `${size(customers)} × ${features}`,
        peer: 'scipy',
        wanted: 3,
        async check({ arrays }) {
          const { heights } = await linkage(onDevice);
          expectAllClose('height', heights, arrays.heights, 1e-4 * heights[heights.length - 1]);
          return undefined;
        },
        ours: () => clock(() => linkage(onDevice)),
      },
    );
    onDevice.dispose();
  },
};
