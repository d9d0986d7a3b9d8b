import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { openDevice } from '../../src/device/index.js';
import { loadAddon } from '../../src/device/native/addon.js';
import { Random } from '../../src/random.js';
import { findSegments, type SegmentOptions } from '../../src/segment/index.js';

const hasAddon = (() => {
  try {
    loadAddon();
    return true;
  } catch (error) {
    if (process.env.CI) throw error;
    return false;
  }
})();

const customers = 6000;
const features = 4;

/** Customers about six middles, `[features, customers]`. */
const values = (() => {
  const random = new Random(8);
  const middles = Array.from({ length: 6 * features }, () => random.normal(0, 6));
  const crowds = Int32Array.from({ length: customers }, () => random.integer(6));
  return Float32Array.from({ length: features * customers }, (_, i) =>
    random.normal(middles[crowds[i % customers] * features + Math.floor(i / customers)], 1),
  );
})();

const algorithms: [string, SegmentOptions][] = [
  ['k-means++', { algorithm: 'kmeans', k: 9, starts: 2 }],
  ['k-means||', { algorithm: 'kmeans', k: 9, starts: 2, init: 'k-means||' }],
  ['mini-batches', { algorithm: 'kmeans', k: 9, batchSize: 512 }],
  ['DBSCAN', { algorithm: 'dbscan', radius: 1.2 }],
  ['DBSCAN by cosine', { algorithm: 'dbscan', radius: 0.01, metric: 'cosine' }],
  ['HDBSCAN', { algorithm: 'hdbscan', minimumSize: 40 }],
  ['Ward', { algorithm: 'hierarchical', cut: { k: 7 } }],
  ['average linkage', { algorithm: 'hierarchical', linkage: 'average', cut: { k: 7 } }],
];

async function labelsWith(threads: number, options: SegmentOptions, streamed: boolean): Promise<Int32Array> {
  const device = await openDevice('native', { threads });
  const x = tf.tensor2d(values, [features, customers]);
  const stream = function* () {
    for (let from = 0; from < customers; from += 1700) {
      const rows = Math.min(1700, customers - from);
      const some = Array.from({ length: features }, (_, f) =>
        values.subarray(f * customers + from, f * customers + from + rows),
      );
      yield { values: Float32Array.from(some.flatMap(column => [...column])), rows };
    }
  };
  try {
    if (!streamed) return (await findSegments(x, options, { seed: 3 })).labels;
    const { model } = await findSegments(stream, options, { seed: 3 });
    const found: number[] = [];
    for await (const { labels } of model.predictStream(stream)) found.push(...labels);
    return Int32Array.from(found);
  } finally {
    x.dispose();
    await device.close();
  }
}

describe.skipIf(!hasAddon)('The same seed gives the same labels on 1, 2 and 3 threads', () => {
  test.each([
    ...algorithms.map(([name, options]) => [name, options, false] as const),
    ...algorithms
      .slice(0, 3)
      .map(([name, options]) => [`${name} of customers of a stream`, options, true] as const),
  ])('%s', async (_, options, streamed) => {
    const one = await labelsWith(1, options, streamed);
    expect(new Set(one).size).toBeGreaterThan(1);
    expect(await labelsWith(2, options, streamed)).toEqual(one);
    expect(await labelsWith(3, options, streamed)).toEqual(one);
  });
});
