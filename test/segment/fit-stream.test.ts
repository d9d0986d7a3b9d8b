import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/random.js';
import type { Iteration } from '../../src/segment/iterate.js';
import { KMeans } from '../../src/segment/kmeans.js';
import type { KMeansOptions } from '../../src/segment/kmeans-options.js';
import type { CustomerBatch } from '../../src/segment/visit.js';
import { onDevice, onEveryDevice } from '../devices.js';
import { matrix } from './tables.js';

const middles = [
  [0, 0, 0],
  [6, 0, 3],
  [0, 6, -3],
  [5, 5, 5],
  [-4, 2, 7],
];

/** Customers about known middles, one in the ten of the last; columns by feature. */
function blobs(customers: number, seed = 3): number[][] {
  const random = new Random(seed);
  const of = Array.from({ length: customers }, () => Math.min(4, random.integer(10) >> 1));
  return [0, 1, 2].map(f => of.map(blob => Math.fround(random.normal(middles[blob][f], 1.5))));
}

/** The same customers in batches of different sizes. */
function streamOf(columns: number[][], weights?: Float32Array): () => AsyncGenerator<CustomerBatch> {
  return async function* () {
    const customers = columns[0].length;
    for (let from = 0, batch = 0; from < customers; batch++) {
      const to = Math.min(customers, from + 700 + 900 * (batch % 3));
      const values = Float32Array.from(columns.flatMap(column => column.slice(from, to)));
      yield { values, rows: to - from, ...(weights && { weights: weights.slice(from, to) }) };
      from = to;
    }
  };
}

function expectSame(streamed: KMeans, whole: KMeans): void {
  expect(streamed.sizes).toEqual(whole.sizes);
  expect(streamed.iterations).toBe(whole.iterations);
  expect(streamed.inertia / whole.inertia).toBeCloseTo(1, 6);
  streamed.centroids.forEach((value, i) => {
    expect(value).toBeCloseTo(whole.centroids[i], 4);
  });
}

onEveryDevice('KMeans.fitStream', () => {
  it('finds what a fit in memory finds, and frees what it took', async () => {
    const columns = blobs(4000);
    const x = matrix(columns);
    const options = { k: 5, seed: 4, starts: 2, exchange: false };
    const before = tf.memory().numTensors;
    const streamed = await new KMeans(options).fitStream(streamOf(columns));
    expect(tf.memory().numTensors).toBe(before);
    expectSame(streamed, await new KMeans(options).fit(x));
    x.dispose();
  });
});

describe('KMeans at scale', () => {
  onDevice('cpu');

  const columns = blobs(20_000);
  const weights = Float32Array.from(columns[0], (_, i) => i % 4);

  it.each<[string, Partial<KMeansOptions>, Float32Array | undefined]>([
    ['refined on a sample', {}, undefined],
    ['with weights', {}, weights],
    ['from random customers', { init: 'random' }, undefined],
    ['by k-means||', { init: 'k-means||' }, undefined],
    ['by k-means|| with weights', { init: 'k-means||', rounds: 3, oversampling: 4 }, weights],
  ])('streams what it finds in memory: %s', async (_, options, weight) => {
    const x = matrix(columns);
    const settings = { k: 7, seed: 2, starts: 1, exchange: false, maxIterations: 12, ...options };
    const whole = await new KMeans(settings).fit(x, { weights: weight });
    const streamed = await new KMeans(settings).fitStream(streamOf(columns, weight));
    expectSame(streamed, whole);
    x.dispose();
  });

  it('repairs segments without customers alike', async () => {
    const small = columns.map(column => column.slice(0, 3000));
    const init = tf.tensor2d([middles[0], [500, 500, 500], middles[2], [-600, 600, 600]]);
    const x = matrix(small);
    const settings = { k: 4, init, exchange: false };
    expectSame(await new KMeans(settings).fitStream(streamOf(small)), await new KMeans(settings).fit(x));
    tf.dispose([x, init]);
  });

  it('begins with k-means|| no worse than with k-means++', async () => {
    const x = matrix(columns);
    const fit = (init: 'k-means||' | 'k-means++') => new KMeans({ k: 5, init, starts: 3 }).fit(x);
    const [oversampled, plusPlus] = [await fit('k-means||'), await fit('k-means++')];
    expect(oversampled.inertia / plusPlus.inertia).toBeLessThan(1.001);
    x.dispose();
  });

  it('finds in batches nearly what it finds in whole, the same for a seed', async () => {
    const x = matrix(columns);
    const whole = await new KMeans({ k: 5, seed: 1 }).fit(x, { weights });
    const options = { k: 5, seed: 1, batchSize: 1000 };
    const iterations: Iteration[] = [];
    const first = await new KMeans(options).fit(x, { weights, onIteration: one => iterations.push(one) });
    const again = await new KMeans(options).fit(x, { weights });
    const streamed = await new KMeans(options).fitStream(streamOf(columns, weights));
    expect(again.labels).toEqual(first.labels);
    for (const model of [first, streamed]) {
      expect(model.inertia / whole.inertia).toBeLessThan(1.02);
      expect(model.sizes.reduce((sum, size) => sum + size)).toBe(30_000);
    }
    const own = iterations.filter(({ start }) => start === 1);
    expect(own.map(({ iteration }) => iteration)).toEqual(own.map((_, i) => i + 1));
    const mean = own.reduce((sum, { inertia }) => sum + inertia / own.length, 0);
    expect(mean / whole.inertia).toBeGreaterThan(0.9);
    expect(mean / whole.inertia).toBeLessThan(2);
    x.dispose();
  });

  it('counts who changes segment, in memory as in a stream', async () => {
    const x = matrix(columns);
    const init = tf.tensor2d([
      [0, 0, 0],
      [1, 1, 1],
      [2, 2, 2],
    ]);
    const movesOf = async (
      fit: (model: KMeans, onIteration: (one: Iteration) => void) => Promise<KMeans>,
    ) => {
      const moved: (number | undefined)[] = [];
      await fit(new KMeans({ k: 3, init, exchange: false, tolerance: 0 }), one => moved.push(one.moved));
      return moved as number[];
    };
    const moved = await movesOf((model, onIteration) => model.fit(x, { onIteration, countMoved: true }));
    const streamed = await movesOf((model, onIteration) =>
      model.fitStream(streamOf(columns), { onIteration, countMoved: true }),
    );
    expect(moved[0]).toBe(20_000);
    expect(moved[1]).toBeGreaterThan(moved.at(-2)!);
    expect(moved.at(-1)).toBe(0);
    expect(streamed).toEqual(moved);
    expect(await movesOf((model, onIteration) => model.fit(x, { onIteration }))).toContain(undefined);
    tf.dispose([x, init]);
  });

  it('starts from a model that was saved, and is at once where that was', async () => {
    const x = matrix(columns);
    const features = ['recency', 'frequency', 'monetary'];
    const before = await new KMeans({ k: 5, seed: 1 }).fit(x, { features });
    const saved = KMeans.fromJSON(JSON.parse(JSON.stringify(before)));
    const warm = await new KMeans({ k: 5, init: saved }).fit(x, { features });
    expect(warm.iterations).toBe(1);
    expect(warm.labels).toEqual(before.labels);
    const json = JSON.parse(JSON.stringify(warm));
    expect(json.options.init).toBe('given');
    expect(KMeans.fromJSON(json).toJSON()).toEqual(json);
    await expect(new KMeans({ k: 4, init: saved }).fit(x)).rejects.toThrow(
      'expected a model of k = 4 segments to start from, found one of 5',
    );
    const others = ['age', 'frequency', 'monetary'];
    await expect(new KMeans({ k: 5, init: saved }).fit(x, { features: others })).rejects.toThrow(
      "expected the model's 3 features (recency, frequency, monetary), found 3 features (age, frequency, monetary)",
    );
    x.dispose();
  });

  it('says what is wrong with a stream', async () => {
    const fit = (batches: CustomerBatch[], k = 1) => new KMeans({ k }).fitStream(() => batches);
    const batch = (...values: number[]): CustomerBatch => ({
      values: Float32Array.from(values),
      rows: values.length,
    });
    await expect(fit([])).rejects.toThrow('expected customers to segment, found no customers.');
    await expect(fit([batch(1, 2), batch(3, Number.NaN)])).rejects.toThrow(
      'expected finite numbers in feature row 0, found NaN for customer 3 (counted from 0).',
    );
    await expect(fit([batch(1, 2), batch(1)], 3)).rejects.toThrow('expected k of at most 2');
    await expect(fit([batch(1, 2), { values: new Float32Array(4), rows: 2 }])).rejects.toThrow(
      'expected batches of 1 features of 2 customers, found 4 values',
    );
    const weigh = (...weights: number[]) => [
      batch(1, 2),
      { ...batch(3, 4), weights: Float32Array.from(weights) },
    ];
    await expect(fit(weigh(1))).rejects.toThrow('expected 2 weights, one per customer, found 1.');
    await expect(fit(weigh(1, -1))).rejects.toThrow('found -1 for customer 3');
    await expect(fit([{ ...batch(1, 2), weights: new Float32Array(2) }])).rejects.toThrow('only 0');
    const model = await fit([batch(1, 2), batch(3, 4)]);
    expect([...model.centroids]).toEqual([2.5]);
    expect(() => model.labels).toThrow('found one of a stream');
  });

  it.each([
    [{ k: 2, rounds: 0 }, 'rounds'],
    [{ k: 2, oversampling: 0 }, 'oversampling to be more than 0'],
    [{ k: 2, batchSize: 1.5 }, 'batchSize'],
    [{ k: 2, init: 'best' }, 'init to be k-means++, k-means||, random, a tensor or a fitted model'],
  ])('refuses the options %j', (options, words) => {
    expect(() => new KMeans(options as KMeansOptions)).toThrow(words);
  });
});

/** Fits data of four times the limit in a process of its own; prints by how much its memory grew at most. */
const program = `
import { setFlagsFromString } from 'node:v8';
const { KMeans } = await import(process.argv[1]);
const { openDevice } = await import(process.argv[2]);
await openDevice('native').catch(() => openDevice('cpu'));
const [features, rows, batches] = [16, 32768, 128];
const values = new Float32Array(features * rows);
function* stream() {
  let state = 1;
  for (let batch = 0; batch < batches; batch++) {
    for (let i = 0; i < values.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      values[i] = state / 2 ** 32 + (i % 4);
    }
    yield { values, rows };
  }
}
for (const batch of stream()) break;
const before = process.memoryUsage().rss;
const model = await new KMeans({ k: 4, starts: 1, maxIterations: 3 }).fitStream(stream);
const total = model.sizes.reduce((sum, size) => sum + size);
console.log(JSON.stringify({ total, data: 4 * total * features, grown: 1024 * process.resourceUsage().maxRSS - before }));
`;

it('fits four times as much as its memory grows', async () => {
  const dist = (path: string) => `file://${resolve(import.meta.dirname, '../../dist', path)}`;
  const args = ['--input-type=module', '-e', program, dist('segment/kmeans.js'), dist('device/index.js')];
  const child = spawn(process.execPath, args);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', data => {
    stdout += data;
  });
  child.stderr.on('data', data => {
    stderr += data;
  });
  const code = await new Promise(done => child.on('close', done));
  expect(code, stderr).toBe(0);
  const { total, data, grown } = JSON.parse(stdout) as Record<string, number>;
  expect(total).toBe(128 * 32_768);
  expect(grown).toBeLessThan(data / 4);
});
