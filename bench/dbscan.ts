import * as tf from '@tensorflow/tfjs-core';
import { size } from '#kindred/benchmark/case.js';
import { Dbscan } from '#kindred/segment/index.js';
import { clock } from './alternate.js';
import { apart, megabytes } from './apart.js';
import { Disagreement, expectSame } from './check.js';
import type { Comparison } from './comparison.js';
import { groupsApart } from './groups-apart.js';
import { peerRow } from './peer-rows.js';
import { duration } from './table.js';

interface FittedApart {
  fitting: number;
  clusters: number;
  peakBytes: number;
}

const options = { eps: 0.4, minPoints: 10 };

/** @throws Disagreement unless the clusters of ours and theirs are the same customers but for their numbers. */
export function expectSameClusters(ours: Int32Array, theirs: ArrayLike<number>, tolerance: number): void {
  const pairs = new Map<string, number>();
  for (let i = 0; i < ours.length; i++) {
    const pair = `${ours[i]} ${theirs[i]}`;
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  // The most frequent pairs name each other.
  const [nameOf, taken] = [new Map<string, string>([['-1', '-1']]), new Set(['-1'])];
  for (const [pair] of [...pairs].sort(([, a], [, b]) => b - a)) {
    const [our, their] = pair.split(' ');
    if (nameOf.has(our) || taken.has(their)) continue;
    nameOf.set(our, their);
    taken.add(their);
  }
  let different = 0;
  for (const [pair, count] of pairs) {
    const [our, their] = pair.split(' ');
    if (nameOf.get(our) !== their) different += count;
  }
  if (different > tolerance * ours.length) {
    throw new Disagreement(`clusters: ${different} of ${ours.length} customers differ`);
  }
}

/** Clusters of any shape where customers lie densely. */
export const dbscanComparison: Comparison = {
  name: 'dbscan',
  async *run(bench) {
    const [features, customers] = [4, bench.quick ? 20_000 : 200_000];
    const x = groupsApart(3, { groups: 20, features, customers, spread: 0.5, noise: 0.02 });
    const onDevice = tf.tensor2d(x, [features, customers]);
    await bench.python?.load('dbscan', { x: { values: x, shape: [features, customers] } }, options);
    const model = new Dbscan(options);
    yield await peerRow(bench, {
      work: `${size(customers)} × ${features}, eps ${options.eps}, ${options.minPoints} neighbours`,
      peer: 'scikit-learn',
      wanted: 10,
      async check({ arrays }) {
        await model.fit(onDevice);
        expectSame('core customers', model.core, arrays.core, 1e-5);
        // Who is within the radius of two clusters may belong to either.
        expectSameClusters(model.labels, arrays.labels, 1e-3);
        return `${model.clusters} clusters`;
      },
      ours: () => clock(() => model.fit(onDevice)),
    });
    onDevice.dispose();
    const many = bench.quick ? 200_000 : 2_000_000;
    const { fitting, clusters, peakBytes } = await apart<FittedApart>('./dbscan-fit.js', [String(many), '3']);
    const tooMuch = peakBytes > 2e9 ? ' ✗' : '';
    yield {
      work: `${size(many)} × 3, eps 0.2, 10 neighbours`,
      peer: '–',
      note: `${duration(fitting)}, ${clusters} clusters; the process, which is to take less than 2 GB, took ${megabytes(peakBytes)} at most${tooMuch}`,
    };
  },
};
