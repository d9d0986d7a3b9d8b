import * as tf from '@tensorflow/tfjs-core';
import { size } from '#kindred/benchmark/case.js';
import { metrics, pairwiseDistance, pairwiseDistanceCost } from '#kindred/ops/index.js';
import { clock } from './alternate.js';
import { expectAllClose } from './check.js';
import type { Comparison } from './comparison.js';
import { customersAround } from './data.js';
import { peerRow } from './peer-rows.js';

const features = 32;

/** Rows of the result that are made and dropped at a time. */
const rowsAtATime = 250;

/** The last rows of the result are compared with the peer's; no block of its is smaller. */
const rowsCompared = 50;

const peers = ['scikit-learn', 'scipy'];

/** Columns `from` to `to` of a matrix. */
function columns(x: Float32Array, from: number, to: number): Float32Array {
  const all = x.length / features;
  const block = new Float32Array(features * (to - from));
  for (let f = 0; f < features; f++) block.set(x.subarray(f * all + from, f * all + to), f * (to - from));
  return block;
}

/** All distances between two sets of customers, block by block: the whole would take 1.6 GB. */
export const pairwise: Comparison = {
  name: 'pairwise-distance',
  async *run(bench) {
    const customers = bench.quick ? 2_000 : 20_000;
    const [a, b] = [customersAround(1, 8, features, customers), customersAround(2, 8, features, customers)];
    const others = tf.tensor2d(b, [features, customers]);
    const blocks: tf.Tensor2D[] = [];
    for (let from = 0; from < customers; from += rowsAtATime) {
      blocks.push(tf.tensor2d(columns(a, from, from + rowsAtATime), [features, rowsAtATime]));
    }
    const { bytes } = pairwiseDistanceCost(features, customers, customers);
    for (const metric of metrics) {
      const ours = () =>
        clock(async () => {
          for (const block of blocks) {
            const distances = pairwiseDistance(block, others, metric);
            await distances.data();
            distances.dispose();
          }
        });
      await bench.python?.load(
        'pairwise_distance',
        {
          a: { values: a, shape: [features, customers] },
          b: { values: b, shape: [features, customers] },
        },
        { metric, compared: rowsCompared },
      );
      const last = pairwiseDistance(blocks.at(-1)!, others, metric);
      const found = (await last.data()).slice(-rowsCompared * customers);
      last.dispose();
      // Manhattan takes a subtraction, which drops the sign for nothing, and an addition for each feature.
      const depth = metric === 'manhattan' ? 2 * features : features;
      for (const peer of peers) {
        yield await peerRow(bench, {
          work: `${metric}, ${size(customers)} × ${size(customers)} × ${features}`,
          peer,
          wanted: 3,
          least: { scores: customers * customers, depth, extra: 1, bytes },
          check: ({ arrays }) => {
            expectAllClose('distance', found, arrays.last, 1e-3);
            return undefined;
          },
          ours,
        });
      }
    }
    tf.dispose([others, ...blocks]);
  },
};
