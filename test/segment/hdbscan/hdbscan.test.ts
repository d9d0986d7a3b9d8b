import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { adjustedRandIndex } from '../../../src/evaluate/adjusted-rand.js';
import { Random } from '../../../src/random.js';
import { Hdbscan, type HdbscanOptions } from '../../../src/segment/hdbscan/index.js';
import { dataset } from '../../datasets.js';
import { onDevice } from '../../devices.js';
import { matrix, readColumns, scalings, wholesaleColumns } from '../tables.js';

const wholesale = dataset('wholesale-customers/Wholesale customers data.csv');

/** Four groups and some noise, from formulas so that other programs can have the same numbers. */
function generated(): tf.Tensor2D {
  const numbers = Array.from({ length: 400 }, (_, i) => i);
  return matrix([
    numbers.map(i => (i % 4) * 6 + Math.sin(i * 12.9898) * Math.cos(i * 0.7) * 1.5),
    numbers.map(i => (i % 4) ** 2 * 3 + Math.sin(i * 78.233) * 1.5 + (i % 17 === 0 ? 9 : 0)),
  ]);
}

/**
 * By scikit-learn 1.9, the same in 25 random orders of the customers: sizes, noise, sum of the probabilities, those
 * of the first customers.
 */
type Figures = [options: HdbscanOptions, sizes: number[], noise: number, sum: number, first: number[]];

const leaf = 'leaf' as const;

const generatedFigures: Figures[] = [
  [
    { minClusterSize: 6, minPoints: 1 },
    [94, 94, 94, 94, 6, 6, 6, 6],
    0,
    395.590754,
    [1, 0.997674, 1, 1, 1, 0.959028],
  ],
  [
    { minClusterSize: 12, minPoints: 2, selection: leaf },
    [42, 41, 39, 32, 27, 25, 21, 16, 15, 12, 12],
    118,
    252.022587,
    [0, 0, 1, 0.547054, 0.908241, 0],
  ],
  [
    { minClusterSize: 12, minPoints: 3 },
    [100, 100, 94, 94],
    12,
    363.089724,
    [0, 0.628408, 1, 1, 0.96601, 0.908805],
  ],
  [
    { minClusterSize: 25, minPoints: 3 },
    [100, 100, 94, 94],
    12,
    359.495415,
    [0, 0.58767, 1, 1, 0.96601, 0.849891],
  ],
];

const wholesaleFigures: [scaling: string, ...Figures][] = [
  ['z-score', { minClusterSize: 6, minPoints: 1 }, [319, 7], 114, 315.667635, [0.964439, 1, 0, 1]],
  ['z-score', { minClusterSize: 6, minPoints: 3 }, [301, 7], 132, 297.307286, [0.89371, 1, 0, 0.966307]],
  ['z-score', { minClusterSize: 12, minPoints: 3 }, [186, 16], 238, 193.832214, [0, 0.94977, 0]],
  [
    'z-score',
    { minClusterSize: 12, minPoints: 3, selection: leaf },
    [22, 16, 15, 12],
    375,
    63.685188,
    [0, 0.94977],
  ],
  [
    'natural log',
    { minClusterSize: 6, minPoints: 2 },
    [264, 13, 7],
    156,
    276.197241,
    [0, 1, 0.843979, 0.987006],
  ],
  [
    'natural log',
    { minClusterSize: 12, minPoints: 1, selection: leaf },
    [28, 26, 22, 20, 14, 13, 13],
    304,
    132.228343,
    [0, 1],
  ],
  ['natural log', { minClusterSize: 25, minPoints: 1 }, [86, 72], 282, 155.489381, [0, 1, 0, 0, 0.945734, 1]],
];

/** Where ties make scikit-learn's outcome hang on the order of the customers: its sizes in the order of the file. */
const tiedFigures: [scaling: string, options: HdbscanOptions, sizes: number[]][] = [
  ['z-score', { minClusterSize: 5 }, [94, 13, 9]],
  ['z-score', { minClusterSize: 10, minPoints: 5 }, [94, 13]],
  ['natural log', { minClusterSize: 10 }, [56, 50]],
  ['natural log', { minClusterSize: 10, minPoints: 5 }, [58, 58]],
];

async function expectFigures(x: tf.Tensor2D, [options, sizes, noise, sum, first]: Figures): Promise<void> {
  const model = await new Hdbscan(options).fit(x);
  expect(model.sizes).toEqual(sizes);
  expect(model.noise).toBe(noise);
  expect(model.probabilities.reduce((total, value) => total + value, 0)).toBeCloseTo(sum, 3);
  first.forEach((probability, i) => {
    expect(model.probabilities[i]).toBeCloseTo(probability, 5);
  });
}

describe('Hdbscan', () => {
  onDevice('cpu');

  it.each(generatedFigures)('finds what scikit-learn finds, %j', async (...figures) => {
    const x = generated();
    await expectFigures(x, figures);
    x.dispose();
  });

  it.skipIf(!wholesale).each(wholesaleFigures)(
    'finds what scikit-learn finds in Wholesale customers, %s, %j',
    async (scaling, ...figures) => {
      const x = matrix(readColumns(wholesale!, wholesaleColumns).map(scalings[scaling]));
      await expectFigures(x, figures);
      x.dispose();
    },
  );

  it.skipIf(!wholesale).each(tiedFigures)(
    'leaves out who is tied between clusters, %s, %j',
    async (scaling, options, sizes) => {
      const x = matrix(readColumns(wholesale!, wholesaleColumns).map(scalings[scaling]));
      const model = await new Hdbscan(options).fit(x);
      expect(model.clusters).toBe(sizes.length);
      sizes.forEach((size, cluster) => {
        expect(size - model.sizes[cluster]).toBeGreaterThanOrEqual(0);
        expect(size - model.sizes[cluster]).toBeLessThanOrEqual(1);
      });
      x.dispose();
    },
  );

  it('gives soft memberships, of which the own one is the probability', async () => {
    const x = generated();
    const model = await new Hdbscan({ minClusterSize: 15 }).fit(x);
    const memberships = model.memberships();
    expect(memberships.length).toBe(4 * 400);
    const of = (cluster: number, i: number) => memberships[cluster * 400 + i];
    for (let i = 0; i < 400; i++) {
      const label = model.labels[i];
      for (let cluster = 0; cluster < 4; cluster++) {
        expect(of(cluster, i)).toBeGreaterThanOrEqual(0);
        expect(of(cluster, i)).toBeLessThanOrEqual(1);
        if (label >= 0) expect(of(label, i)).toBeGreaterThanOrEqual(of(cluster, i) * 0.2);
      }
      if (label >= 0) expect(of(label, i)).toBe(model.probabilities[i]);
    }
    x.dispose();
  });

  it('tells to which clusters noise is nearer', async () => {
    const at = (middle: number) => Array.from({ length: 20 }, (_, i) => middle + i / 20);
    const x = matrix([[...at(0), ...at(4), ...at(100), 10]]);
    const model = await new Hdbscan({ minClusterSize: 6 }).fit(x);
    expect(model.sizes).toEqual([20, 20, 20]);
    expect(model.labels[60]).toBe(-1);
    const memberships = model.memberships();
    const [near, alsoNear, far] = [0, 20, 40].map(i => memberships[model.labels[i] * 61 + 60]);
    expect(near).toBeGreaterThan(2 * far);
    expect(alsoNear).toBeGreaterThan(2 * far);
    expect(far).toBeGreaterThan(0);
    x.dispose();
  });

  it('finds clusters of differing densities, in any order of the customers', async () => {
    const random = new Random(4);
    const truth = Array.from({ length: 1500 }, () => random.integer(3));
    const spread = [0.2, 1, 3];
    const rows = truth.map(c => [random.normal(25 * c, spread[c]), random.normal(0, spread[c])]);
    const order = random.shuffle(Array.from(rows.keys()));
    const x = matrix([0, 1].map(f => rows.map(row => row[f])));
    const y = matrix([0, 1].map(f => order.map(i => rows[i][f])));
    const a = await new Hdbscan({ minClusterSize: 40 }).fit(x);
    const b = await new Hdbscan({ minClusterSize: 40 }).fit(y);
    expect(a.clusters).toBe(3);
    const inside = truth.flatMap((_, i) => (a.labels[i] >= 0 ? [i] : []));
    expect(
      adjustedRandIndex(
        inside.map(i => a.labels[i]),
        inside.map(i => truth[i]),
      ),
    ).toBe(1);
    expect(b.labels).toEqual(Int32Array.from(order, i => a.labels[i]));
    tf.dispose([x, y]);
  });

  it('assigns new customers', async () => {
    const x = generated();
    const model = await new Hdbscan({ minClusterSize: 15 }).fit(x);
    const known = await model.predict(x);
    const same = known.labels.filter((label, i) => label === model.labels[i]).length;
    expect(same).toBeGreaterThan(385);
    const far = matrix([
      [500, 6],
      [500, 3],
    ]);
    const { labels, probabilities } = await model.predict(far);
    expect(labels[0]).toBe(-1);
    expect(labels[1]).toBe(model.labels[1]);
    expect(probabilities[0]).toBe(0);
    expect(probabilities[1]).toBeGreaterThan(0);
    await expect(model.predict(matrix([[1]]))).rejects.toThrow(
      "expected the model's 2 features, found 1 feature.",
    );
    const named = await new Hdbscan(model.options).fit(x, { features: ['recency', 'monetary'] });
    await expect(named.predict(x, { features: ['recency', 'age'] })).rejects.toThrow(
      "expected the model's 2 features (recency, monetary), found 2 features (recency, age).",
    );
    tf.dispose([x, far]);
  });

  it('compares directions under cosine', async () => {
    const random = new Random(5);
    const angles = Array.from({ length: 90 }, (_, i) => (i % 3) * 1.2 + random.normal(0, 0.03));
    const lengths = angles.map(() => random.exponential() + 0.1);
    const x = matrix([
      [...angles.map((angle, i) => lengths[i] * Math.cos(angle)), 0],
      [...angles.map((angle, i) => lengths[i] * Math.sin(angle)), 0],
    ]);
    const model = await new Hdbscan({ minClusterSize: 10, metric: 'cosine' }).fit(x);
    expect(model.clusters).toBe(3);
    expect(model.labels[90]).toBe(-1);
    expect(model.memberships().length).toBe(3 * 91);
    x.dispose();
  });

  it('copes with customers who are all at the same place, and with two such places', async () => {
    const one = matrix([new Array(50).fill(3)]);
    expect((await new Hdbscan().fit(one)).noise).toBe(50);
    const two = matrix([[...new Array(50).fill(3), ...new Array(40).fill(8)]]);
    const model = await new Hdbscan().fit(two);
    expect(model.sizes).toEqual([50, 40]);
    expect(Math.min(...model.probabilities)).toBe(1);
    tf.dispose([one, two]);
  });

  it('refuses what cannot be', async () => {
    expect(() => new Hdbscan({ minClusterSize: 1 })).toThrow(
      'expected minClusterSize to be a whole number of at least 2, found 1.',
    );
    expect(() => new Hdbscan({ minPoints: 0 })).toThrow('minPoints to be a whole number of at least 1');
    expect(() => new Hdbscan().labels).toThrow('expected a fitted model, found one before its fit.');
    await expect(new Hdbscan().fit(matrix([[1, 2]]))).rejects.toThrow(
      'expected at least 5 customers, found 2.',
    );
    await expect(new Hdbscan().fit(matrix([[1, Number.NaN]]))).rejects.toThrow('found NaN for customer 1');
  });
});
