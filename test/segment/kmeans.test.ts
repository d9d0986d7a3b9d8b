import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { DataError, UsageError } from '../../src/errors.js';
import { Random } from '../../src/random.js';
import type { Iteration } from '../../src/segment/iterate.js';
import { KMeans } from '../../src/segment/kmeans.js';
import { onDevice, onEveryDevice } from '../devices.js';
import { matrix } from './tables.js';

/** Customers around known middles, in turn; columns by feature. */
function blobs(middles: number[][], customers: number, spread: number, seed = 0): number[][] {
  const random = new Random(seed);
  return middles[0].map((_, f) =>
    Array.from({ length: customers }, (_, i) => random.normal(middles[i % middles.length][f], spread)),
  );
}

/** Inertia of the definition, in float64. */
function inertiaOf(columns: number[][], { centroids, labels }: KMeans): number {
  const features = columns.length;
  let sum = 0;
  columns.forEach((column, f) => {
    column.forEach((value, i) => {
      sum += (Math.fround(value) - centroids[labels[i] * features + f]) ** 2;
    });
  });
  return sum;
}

const middles = [
  [0, 0, 0],
  [10, 0, 5],
  [0, 10, -5],
];

/** Labels of the first device, which the others must reproduce. */
let firstLabels: Int32Array | undefined;

onEveryDevice('KMeans', () => {
  it('finds separated groups and numbers them by size', async () => {
    const columns = blobs([middles[1], middles[0], middles[2], middles[0]], 402, 0.5);
    const x = matrix(columns);
    const before = tf.memory().numTensors;
    const model = await new KMeans({ k: 3, seed: 7 }).fit(x);
    expect(model.labels).toEqual(Int32Array.from({ length: 402 }, (_, i) => [1, 0, 2, 0][i % 4]));
    expect(model.sizes).toEqual([201, 101, 100]);
    expect(model.converged).toBe(true);
    expect(model.inertia).toBeCloseTo(inertiaOf(columns, model), 3);
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
  });

  it('gives the same labels for a seed on every device', async () => {
    const x = matrix(blobs([[0, 0, 0, 0]], 60_000, 1));
    const { labels } = await new KMeans({ k: 12, starts: 1, seed: 3, maxIterations: 15 }).fit(x);
    firstLabels ??= labels;
    expect(labels.filter((label, i) => label !== firstLabels![i]).length).toBeLessThanOrEqual(2);
    x.dispose();
  });

  it('predicts for its own customers what the fit found, in batches as in whole', async () => {
    const columns = blobs(middles, 500, 3);
    const x = matrix(columns);
    const batches = [0, 120, 490].map((from, b, all) => matrix(columns.map(c => c.slice(from, all[b + 1]))));
    const whole = await new KMeans({ k: 5, seed: 1 }).fit(x);
    const inBatches = await new KMeans({ k: 5, seed: 1 }).fit(batches);
    const before = tf.memory().numTensors;
    const { labels, distances } = await whole.predict(batches);
    expect(tf.memory().numTensors).toBe(before);
    expect(labels).toEqual(whole.labels);
    expect(distances).toEqual(whole.distances);
    expect(await whole.predictLabels(batches)).toEqual(labels);
    expect(await whole.predictLabels(x)).toEqual(labels);
    expect(tf.memory().numTensors).toBe(before);
    expect(inBatches.labels).toEqual(whole.labels);
    expect(inBatches.centroids).toEqual(whole.centroids);
    tf.dispose([x, ...batches]);
  });

  it.each([
    Number.NaN,
    Number.NEGATIVE_INFINITY,
  ])('refuses to predict for a customer with %d', async value => {
    const columns = blobs(middles, 300, 1);
    const x = matrix(columns);
    const model = await new KMeans({ k: 3, starts: 1 }).fit(x);
    columns[1][200] = value;
    const bad = matrix(columns);
    for (const labels of [model.predict(bad), model.predictLabels(bad)]) {
      await expect(labels).rejects.toThrow(
        `expected finite numbers in feature row 1, found ${value} for customer 200`,
      );
    }
    tf.dispose([x, bad]);
  });

  it('refuses to predict for one such customer among many, and not for those who are far away', async () => {
    const model = await new KMeans({ k: 2 }).fit(matrix([[1, 2, 10, 11]]));
    const values = new Float32Array(300_000).fill(2);
    values[1000] = 1e18;
    const far = await model.predict(tf.tensor2d(values, [1, values.length]));
    expect(far.labels[0]).toBe(model.labels[0]);
    expect(far.distances[1000]).toBeCloseTo(1e18 ** 2, -34);
    expect(await model.predictLabels(tf.tensor2d(values, [1, values.length]))).toEqual(far.labels);
    values[299_999] = Number.NaN;
    await expect(model.predict(tf.tensor2d(values, [1, values.length]))).rejects.toThrow(
      'found NaN for customer 299999 (counted from 0).',
    );
  });

  it('counts a customer of weight 3 as three', async () => {
    const columns = blobs(middles, 90, 4);
    const weights = Float32Array.from({ length: 90 }, (_, i) => i % 4);
    const repeated = columns.map(column => column.flatMap((value, i) => Array<number>(i % 4).fill(value)));
    const [x, all] = [matrix(columns), matrix(repeated)];
    const init = tf.tensor2d(middles);
    const weighted = await new KMeans({ k: 3, init, exchange: false }).fit(x, { weights });
    const plain = await new KMeans({ k: 3, init, exchange: false }).fit(all);
    expect(weighted.inertia).toBeCloseTo(plain.inertia, 3);
    expect(weighted.sizes).toEqual(plain.sizes);
    weighted.centroids.forEach((value, i) => {
      expect(value).toBeCloseTo(plain.centroids[i], 5);
    });
    tf.dispose([x, all, init]);
  });

  it('repairs segments that nobody belongs to', async () => {
    const x = matrix(blobs(middles, 60, 0.5));
    const init = tf.tensor2d([
      [0, 0, 0],
      [500, 500, 500],
      [600, 600, 600],
    ]);
    const before = tf.memory().numTensors;
    const model = await new KMeans({ k: 3, init, exchange: false }).fit(x);
    expect(model.sizes).toEqual([20, 20, 20]);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([x, init]);
  });
});

describe('KMeans', () => {
  onDevice('cpu');

  it('finds the optimum of points on a line', async () => {
    const x = matrix([[1, 2, 3, 10, 11, 12, 50]]);
    for (const init of ['k-means++', 'random'] as const) {
      const model = await new KMeans({ k: 3, init }).fit(x);
      expect([...model.labels]).toEqual([0, 0, 0, 1, 1, 1, 2]);
      expect([...model.centroids]).toEqual([2, 11, 50]);
      expect(model.inertia).toBeCloseTo(4, 10);
    }
    x.dispose();
  });

  it('makes each distinct customer a segment where k asks for as many', async () => {
    const x = matrix([
      [5, 1, 5, 1, 9, 9, 9],
      [5, 2, 5, 2, 7, 7, 7],
    ]);
    const model = await new KMeans({ k: 3, init: 'random' }).fit(x);
    expect([...model.labels]).toEqual([2, 1, 2, 1, 0, 0, 0]);
    expect(model.inertia).toBe(0);
    await expect(new KMeans({ k: 4 }).fit(x)).rejects.toThrow(
      'expected k of at most 3, the number of distinct customers, found k = 4.',
    );
    x.dispose();
  });

  it('segments one single customer', async () => {
    const x = matrix([[3], [4]]);
    const model = await new KMeans({ k: 1 }).fit(x);
    expect([...model.centroids]).toEqual([3, 4]);
    expect(model.inertia).toBe(0);
    x.dispose();
  });

  it('keeps its inertia exact far from the origin', async () => {
    const columns = blobs([[1e6], [1e6 + 1000]], 1000, 5);
    const x = matrix(columns);
    const model = await new KMeans({ k: 2 }).fit(x);
    expect(model.inertia / inertiaOf(columns, model)).toBeCloseTo(1, 6);
    x.dispose();
  });

  it('keeps far tight groups exact', async () => {
    const columns = blobs([[0], [1e5]], 1000, 1e-3);
    const x = matrix(columns);
    const model = await new KMeans({ k: 2 }).fit(x);
    expect(model.inertia / inertiaOf(columns, model)).toBeCloseTo(1, 5);
    x.dispose();
  });

  it('tells of each iteration, with an inertia that falls', async () => {
    const x = matrix(blobs(middles, 300, 4));
    const iterations: Iteration[] = [];
    await new KMeans({ k: 4, starts: 2 }).fit(x, { onIteration: one => iterations.push(one) });
    x.dispose();
    expect(new Set(iterations.map(({ start }) => start))).toEqual(new Set([1, 2]));
    const first = iterations.filter(({ start }) => start === 1);
    expect(first.map(({ iteration }) => iteration)).toEqual(first.map((_, i) => i + 1));
    first.slice(1).forEach(({ inertia }, i) => {
      expect(inertia).toBeLessThanOrEqual(first[i].inertia);
    });
  });

  it('stops between iterations when it is told to', async () => {
    const x = matrix(blobs(middles, 300, 4));
    const stop = new AbortController();
    const before = tf.memory().numTensors;
    const fit = new KMeans({ k: 4, tolerance: 0 }).fit(x, {
      weights: new Float32Array(300).fill(1),
      signal: stop.signal,
      onIteration: () => stop.abort(new Error('enough')),
    });
    await expect(fit).rejects.toThrow('enough');
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
  });

  it('gives back a saved model', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kindred-'));
    const x = matrix(blobs(middles, 50, 1));
    const model = await new KMeans({ k: 3, seed: 5 }).fit(x, {
      features: ['recency', 'frequency', 'monetary'],
    });
    await model.save(folder);
    const loaded = await KMeans.load(folder);
    expect(loaded.toJSON()).toEqual(model.toJSON());
    expect(loaded.centroids).toEqual(model.centroids);
    expect(await loaded.predict(x)).toEqual({ labels: model.labels, distances: model.distances });
    expect(() => loaded.labels).toThrow('expected a model fitted in this process, found a loaded one.');

    const file = join(folder, 'k-means.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace('"version":1', '"version":9'));
    await expect(KMeans.load(folder)).rejects.toThrow(
      `${file}: expected a k-means model of format 1, found format 9.`,
    );
    await writeFile(file, '{"kind":"k-means","version":1}');
    await expect(KMeans.load(folder)).rejects.toThrow(
      `${file}: expected a saved k-means model, found one that lacks a part of it.`,
    );
    await writeFile(file, '{"kind":');
    await expect(KMeans.load(folder)).rejects.toThrow(DataError);
    await rm(folder, { recursive: true });
    await expect(KMeans.load(folder)).rejects.toThrow('expected a saved k-means model, found no such file.');
    x.dispose();
  });

  it('refuses other features than its own', async () => {
    const x = matrix(blobs(middles, 50, 1));
    const narrow = matrix([[1, 2]]);
    const features = ['recency', 'frequency', 'monetary'];
    const model = await new KMeans({ k: 2 }).fit(x, { features });
    await expect(model.predict(narrow)).rejects.toThrow(
      "expected the model's 3 features (recency, frequency, monetary), found 1 feature.",
    );
    await expect(model.predict(x, { features: ['recency', 'monetary', 'frequency'] })).rejects.toThrow(
      DataError,
    );
    expect((await model.predict(x, { features })).labels).toEqual(model.labels);
    tf.dispose([x, narrow]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuses %d', async value => {
    const x = matrix([
      [1, 2, 3],
      [4, 5, value],
    ]);
    await expect(new KMeans({ k: 2 }).fit(x)).rejects.toThrow(
      `expected finite numbers in feature row 1, found ${value} for customer 2 (counted from 0).`,
    );
    await expect(new KMeans({ k: 2 }).fit(x, { features: ['age', 'income'] })).rejects.toThrow(
      'feature "income"',
    );
    x.dispose();
  });

  it.each([
    [{ k: 0 }, 'k to be a whole number of at least 1'],
    [{ k: 2.5 }, 'k to be a whole number of at least 1'],
    [{ k: 2, starts: 0 }, 'starts'],
    [{ k: 2, maxIterations: -1 }, 'maxIterations'],
    [{ k: 2, tolerance: Number.NaN }, 'tolerance to be at least 0'],
    [{ k: 2, seed: -1 }, 'seed'],
  ])('refuses the options %j', (options, words) => {
    expect(() => new KMeans(options)).toThrow(UsageError);
    expect(() => new KMeans(options)).toThrow(words);
  });

  it('refuses weights that are none', async () => {
    const x = matrix([[1, 2, 3]]);
    const fit = (...weights: number[]) =>
      new KMeans({ k: 1 }).fit(x, { weights: Float32Array.from(weights) });
    await expect(fit(1, 2)).rejects.toThrow('expected 3 weights, one per customer, found 2.');
    await expect(fit(1, -2, 1)).rejects.toThrow('found -2 for customer 1');
    await expect(fit(0, 0, 0)).rejects.toThrow('only 0');
    x.dispose();
  });

  it('refuses no customers and a model before its fit', async () => {
    const none = tf.zeros([2, 0]) as tf.Tensor2D;
    await expect(new KMeans({ k: 1 }).fit(none)).rejects.toThrow(
      'expected customers to segment, found no customers.',
    );
    await expect(new KMeans({ k: 1 }).fit([])).rejects.toThrow('expected at least one batch of customers');
    const whole = tf.tensor2d([[1, 2]], [1, 2], 'int32');
    await expect(new KMeans({ k: 1 }).fit(whole)).rejects.toThrow('found int32 of shape [1, 2]');
    whole.dispose();
    expect(() => new KMeans({ k: 1 }).centroids).toThrow('expected a fitted model');
    none.dispose();
  });
});
