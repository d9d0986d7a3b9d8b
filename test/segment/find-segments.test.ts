import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Device, openDevice } from '../../src/device/index.js';
import { Random } from '../../src/random.js';
import { findSegments, KMeans, SegmentModel, type SegmentOptions } from '../../src/segment/index.js';

const folder = mkdtempSync(join(tmpdir(), 'kindred-segments-'));
let device: Device;
beforeAll(async () => {
  device = await openDevice('auto');
});
afterAll(async () => {
  await device.close();
  rmSync(folder, { recursive: true });
});

const sizes = [60, 40, 20];
const customers = 122;

/** Three round crowds of customers, and two who are far from everybody. */
function crowds(): tf.Tensor2D {
  const random = new Random(5);
  const centres = [
    [0, 0],
    [10, 0],
    [0, 10],
  ];
  const rows = sizes.flatMap((size, c) =>
    Array.from({ length: size }, () => centres[c].map(centre => centre + random.uniform() - 0.5)),
  );
  rows.push([30, 30], [-30, 30]);
  return tf.tidy(() => tf.transpose<tf.Tensor2D>(tf.tensor2d(rows)));
}

const algorithms: SegmentOptions[] = [
  { algorithm: 'kmeans', k: 5 },
  { algorithm: 'dbscan', radius: 1.5 },
  { algorithm: 'dbscan', radius: 'auto' },
  { algorithm: 'hdbscan', minimumSize: 15 },
  { algorithm: 'hierarchical', cut: { k: 5 } },
  { algorithm: 'hierarchical', linkage: 'single', cut: { height: 4 } },
];

describe.each(algorithms)('$algorithm', options => {
  const leavesNoise = options.algorithm === 'dbscan' || options.algorithm === 'hdbscan';
  const features = ['one', 'other'];

  test('finds the crowds, and is the same when saved, renumbered and loaded', async () => {
    const x = crowds();
    const { model, labels, distances } = await findSegments(x, options, { features });
    expect(model.sizes.slice(0, 3)).toEqual(sizes);
    expect([labels[0], labels[60], labels[100]]).toEqual([0, 1, 2]);
    expect([labels[120], labels[121]].map(label => label < 0)).toEqual([leavesNoise, leavesNoise]);
    expect(Number.isNaN(distances[120])).toBe(leavesNoise);
    for (let i = 0; i < 120; i++) expect(distances[i]).toBeLessThan(0.8);

    const numbers = Int32Array.from({ length: model.k }, (_, segment) => model.k - 1 - segment);
    await model.renumbered(numbers).save(folder);
    const loaded = await SegmentModel.load(folder);
    expect(loaded).toMatchObject({ algorithm: options.algorithm, k: model.k, features });
    expect(loaded.sizes).toEqual([...model.sizes].reverse());
    const again = await loaded.predict(x, { features });
    expect([...again.labels]).toEqual([...labels].map(label => (label < 0 ? -1 : numbers[label])));
    for (let i = 0; i < customers; i++) {
      if (labels[i] < 0) expect(again.distances[i]).toBeNaN();
      else expect(again.distances[i]).toBeCloseTo(distances[i], 5);
    }

    await expect(loaded.predict(x, { features: ['one', 'third'] })).rejects.toThrow(
      /the model's 2 features \(one, other\), found 2 features \(one, third\)/,
    );
    const bad = tf.tensor2d([[Number.NaN], [0]]);
    await expect(loaded.predict(bad, { features })).rejects.toThrow(/finite numbers in feature "one"/);
    tf.dispose([x, bad]);
  });
});

test('k-means that was saved alone, before there were other algorithms, is a model of segments', async () => {
  const x = crowds();
  const features = ['one', 'other'];
  const kmeans = await new KMeans({ k: 3, seed: 1 }).fit(x, { features });
  const alone = mkdtempSync(join(folder, 'alone-'));
  await kmeans.save(alone);
  expect(readdirSync(alone)).toEqual(['k-means.json']);
  const loaded = await SegmentModel.load(alone);
  expect(loaded).toMatchObject({ algorithm: 'kmeans', k: 3, features, featureCount: 2 });
  expect(loaded.sizes).toEqual(kmeans.sizes);
  expect(loaded.centroids).toEqual(kmeans.centroids);
  const { labels, distances } = await loaded.predict(x, { features });
  expect(labels).toEqual(kmeans.labels);
  distances.forEach((distance, i) => {
    expect(distance).toBeCloseTo(Math.sqrt(kmeans.distances[i]), 5);
  });
  x.dispose();
});

test('k-means begins with the segments of a model', async () => {
  const x = crowds();
  const before = await findSegments(x, { algorithm: 'kmeans', k: 5 });
  const again = await findSegments(x, { algorithm: 'kmeans', k: 5, init: before.model, exchange: false });
  expect(again.kmeans!.iterations).toBeLessThanOrEqual(2);
  expect(again.labels).toEqual(before.labels);
  await expect(findSegments(x, { algorithm: 'kmeans', k: 4, init: before.model })).rejects.toThrow(
    /a model of k = 4 segments to start from, found one of 5/,
  );
  await expect(findSegments(x, { algorithm: 'kmeans', k: {}, init: before.model })).rejects.toThrow(
    /a number of segments beside a model to start from, found a range/,
  );
  x.dispose();
});

test('the choice of k minds k-means|| and batches', async () => {
  const x = crowds();
  const options = { algorithm: 'kmeans', k: { from: 2, to: 6 }, init: 'k-means||', rounds: 3 } as const;
  const { model } = await findSegments(x, { ...options, oversampling: 4, batchSize: 50 });
  const { clusterer } = model.parts;
  expect(clusterer.algorithm === 'kmeans' && clusterer.model.options).toMatchObject({
    init: 'k-means||',
    rounds: 3,
    oversampling: 4,
    batchSize: 50,
    starts: 3,
  });
  x.dispose();
});

describe('what can not be', () => {
  test('more segments than customers', async () => {
    const x = crowds();
    for (const options of [
      { algorithm: 'kmeans', k: 123 },
      { algorithm: 'hierarchical', cut: { k: 123 } },
    ] as const) {
      await expect(findSegments(x, options)).rejects.toThrow(
        /segments\.k.*at most as many segments as there are customers, 122, found 123/,
      );
    }
    x.dispose();
  });

  test('the least size of a dense segment is told as it is', async () => {
    const x = crowds();
    const { remarks } = await findSegments(x, { algorithm: 'hdbscan' });
    expect(remarks[0]).toContain('one of 5 customers, a hundredth of all but no fewer than 5;');
    x.dispose();
  });

  test('nothing but noise', async () => {
    const x = crowds();
    await expect(findSegments(x, { algorithm: 'dbscan', radius: 1e-6 })).rejects.toThrow(
      /at least one segment within the radius 0.000001 of 5 customers, found nothing but noise/,
    );
    await expect(findSegments(x, { algorithm: 'hdbscan', minimumSize: 100 })).rejects.toThrow(
      /nothing but noise/,
    );
    x.dispose();
  });

  test('customers who are all the same', async () => {
    const x = tf.ones<tf.Rank.R2>([2, 30]);
    await expect(findSegments(x, { algorithm: 'kmeans', k: {} })).rejects.toThrow(/2 different customers/);
    await expect(findSegments(x, { algorithm: 'kmeans', k: 2 })).rejects.toThrow();
    await expect(findSegments(x, { algorithm: 'dbscan', radius: 'auto' })).rejects.toThrow(
      /different places/,
    );
    const { model } = await findSegments(x, { algorithm: 'hierarchical', cut: { height: 0 } });
    expect(model.k).toBe(1);
    x.dispose();
  });
});

test('a hierarchy of many customers is one of micro-clusters, and says so', { timeout: 60_000 }, async () => {
  const random = new Random(1);
  const many = 20_500;
  const values = Float32Array.from({ length: 2 * many }, (_, i) => ((i % many) % 3) * 10 + random.uniform());
  const x = tf.tensor2d(values, [2, many]);
  const { model, remarks, hierarchy } = await findSegments(x, { algorithm: 'hierarchical', cut: { k: 3 } });
  expect([...model.sizes].sort()).toEqual([6833, 6833, 6834]);
  expect(hierarchy?.microClusters).toBe(2000);
  expect(hierarchy?.microSizes?.reduce((sum, size) => sum + size)).toBe(many);
  expect(remarks[0]).toMatch(/2,000 micro-clusters, found by k-means, that stand for the 20,500 customers/);
  x.dispose();
});

describe('the number of segments of a tree', () => {
  test('is chosen among its cuts, and explained', async () => {
    const x = crowds();
    const options = {
      algorithm: 'hierarchical',
      cut: { k: { to: 8, criterion: 'davies-bouldin' } },
    } as const;
    const { choice, remarks, model, labels } = await findSegments(x, options);
    expect(choice!.curve.map(({ k }) => k)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(choice!.k).toBe(5);
    expect(model.k).toBe(5);
    expect(remarks[0]).toMatch(/^5 segments: Davies-Bouldin is best with /);
    expect(choice!.choices).toMatchObject({ silhouette: 5, 'davies-bouldin': 5 });
    const cut = await findSegments(x, { algorithm: 'hierarchical', cut: { k: 5 } });
    expect(labels).toEqual(cut.labels);
    // In one segment they scatter as they do as a whole; in five as about the means of these.
    const [one, , , , five] = choice!.curve.map(({ inertia }) => inertia);
    expect(one).toBeGreaterThan(100 * five);
    x.dispose();
  });

  test('can not be told by the gap statistic, and customers of a stream have no tree', async () => {
    const x = crowds();
    const gap = { algorithm: 'hierarchical', cut: { k: { criterion: 'gap' } } } as const;
    await expect(findSegments(x, gap)).rejects.toThrow(/a criterion other than gap.*found gap/);
    const stream = () => [];
    await expect(findSegments(stream, { algorithm: 'dbscan', radius: 1 })).rejects.toThrow(
      /expected kmeans for customers who come from a stream.*found dbscan/,
    );
    x.dispose();
  });
});
