import * as tf from '@tensorflow/tfjs-core';
import { size } from '#kindred/benchmark/case.js';
import { metrics, pairwiseDistanceBlocks, pairwiseDistanceCost } from '#kindred/ops/index.js';
import { clock } from './alternate.js';
import { expectAllClose } from './check.js';
import type { Comparison } from './comparison.js';
import { customersAround } from './data.js';
import { peerRow } from './peer-rows.js';

const features = 32;

/** The last rows of the result are compared with the peer's; no block of its is smaller. */
const rowsCompared = 50;

const peers = ['scikit-learn', 'scipy'];

/** All distances between two sets of customers, block by block: the whole would take 1.6 GB. */
export const pairwise: Comparison = {
  name: 'pairwise-distance',
  async *run(bench) {
    const customers = bench.quick ? 2_000 : 20_000;
    const [a, b] = [customersAround(1, 8, features, customers), customersAround(2, 8, features, customers)];
    const [some, others] = [a, b].map(x => tf.tensor2d(x, [features, customers]));
    const { bytes } = pairwiseDistanceCost(features, customers, customers);
    for (const metric of metrics) {
      const lastRows = new Float32Array(rowsCompared * customers);
      const blocks = async () => {
        let last: Float32Array = lastRows;
        for await (const { distances } of pairwiseDistanceBlocks(some, others, metric)) last = distances;
        lastRows.set(last.subarray(-lastRows.length));
      };
      await bench.python?.load(
        'pairwise_distance',
        {
          a: { values: a, shape: [features, customers] },
          b: { values: b, shape: [features, customers] },
        },
        { metric, compared: rowsCompared },
      );
      await blocks();
      // Manhattan takes a subtraction, which drops the sign for nothing, and an addition for each feature.
      const depth = metric === 'manhattan' ? 2 * features : features;
      for (const peer of peers) {
        yield await peerRow(bench, {
          work: `${metric}, ${size(customers)} × ${size(customers)} × ${features}`,
          peer,
          wanted: 3,
          least: { scores: customers * customers, depth, extra: 1, bytes },
          check: ({ arrays }) => {
            expectAllClose('distance', lastRows, arrays.last, 1e-3);
            return undefined;
          },
          ours: () => clock(blocks),
        });
      }
    }
    tf.dispose([some, others]);
  },
};
