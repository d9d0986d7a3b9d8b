import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/random.js';
import { Dbscan } from '../../../src/segment/dbscan/index.js';
import { scanTree } from '../../../src/segment/dbscan/scan-tree.js';
import { dataset } from '../../datasets.js';
import { onDevice, onEveryDevice } from '../../devices.js';
import { mallColumns, matrix, readColumns, scalings, wholesaleColumns } from '../tables.js';
import { byFirst, dbscanByDefinition, euclidean } from './oracle.js';

const mall = dataset('mall-customers/Mall_Customers.csv');
const wholesale = dataset('wholesale-customers/Wholesale customers data.csv');

const columnsOf = (rows: number[][]) => rows[0].map((_, f) => rows.map(row => row[f]));

describe('Dbscan', () => {
  onDevice('cpu');

  it.skipIf(!mall).each([
    [5, 5, 5, 87, 89],
    [8, 5, 6, 35, 141],
    [10, 5, 4, 17, 164],
    [9, 4, 7, 16, 168],
  ])('finds the known clusters of Mall customers, eps %d, minPoints %d', async (eps, minPoints, ...known) => {
    const x = matrix(readColumns(mall!, mallColumns));
    const model = await new Dbscan({ eps, minPoints }).fit(x);
    const core = model.core.reduce((sum, flag) => sum + flag, 0);
    expect([model.clusters, model.noise, core]).toEqual(known);
    x.dispose();
  });

  it.skipIf(!wholesale).each([
    [0.5, 2, 174, 209],
    [1, 1, 47, 376],
  ])('finds the known clusters of Wholesale customers, eps %d', async (eps, ...known) => {
    const x = matrix(readColumns(wholesale!, wholesaleColumns).map(scalings['z-score']));
    const model = await new Dbscan({ eps }).fit(x);
    const core = model.core.reduce((sum, flag) => sum + flag, 0);
    expect([model.clusters, model.noise, core]).toEqual(known);
    x.dispose();
  });

  it('is that of the definition', async () => {
    // Whole numbers: many distances are exactly eps, and many customers are at the same place.
    const coordinate = fc.integer({ min: 0, max: 9 });
    const customers = fc.integer({ min: 1, max: 3 }).chain(features =>
      fc.array(fc.array(coordinate, { minLength: features, maxLength: features }), {
        minLength: 1,
        maxLength: 90,
      }),
    );
    await fc.assert(
      fc.asyncProperty(
        customers,
        fc.constantFrom(0.5, 1, Math.SQRT2, 2, 3),
        fc.integer({ min: 1, max: 7 }),
        async (rows, eps, minPoints) => {
          const x = matrix(columnsOf(rows));
          const model = await new Dbscan({ eps: eps * (1 + 1e-9), minPoints }).fit(x);
          const known = dbscanByDefinition(rows, eps * (1 + 1e-9), minPoints, euclidean);
          expect([...model.core]).toEqual(known.core);
          expect(byFirst(model.labels)).toEqual(byFirst(known.groups));
          const sizes = model.sizes.map((_, c) => model.labels.filter(label => label === c).length);
          expect(sizes).toEqual(model.sizes);
          expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
          expect((await model.predict(x)).labels).toEqual(model.labels);
          x.dispose();
        },
      ),
      { numRuns: 150 },
    );
  });

  it('is that of the definition for dense and sparse customers in boxes of all sizes', async () => {
    const random = new Random(3);
    const rows = Array.from({ length: 1200 }, (_, i) => {
      const spread = [0.01, 0.1, 1, 8][i % 4];
      return Array.from({ length: 3 }, (_, f) => Math.fround(random.normal((i % 5) * f, spread)));
    });
    const x = matrix(columnsOf(rows));
    for (const eps of [0.02, 0.3, 1.5]) {
      const model = await new Dbscan({ eps, minPoints: 6 }).fit(x);
      const known = dbscanByDefinition(rows, eps, 6, euclidean);
      expect([...model.core]).toEqual(known.core);
      expect(byFirst(model.labels)).toEqual(byFirst(known.groups));
    }
    x.dispose();
  });

  it('compares directions under cosine, and leaves out who has none', async () => {
    const angles = [0, 5, 10, 80, 85, 90, 45].map(degrees => (degrees * Math.PI) / 180);
    const x = matrix([
      [...angles.map((angle, i) => (i + 1) * Math.cos(angle)), 0],
      [...angles.map((angle, i) => (i + 1) * Math.sin(angle)), 0],
    ]);
    const eps = 1 - Math.cos((6 * Math.PI) / 180);
    const model = await new Dbscan({ eps, minPoints: 2, metric: 'cosine' }).fit(x);
    expect([...model.labels]).toEqual([0, 0, 0, 1, 1, 1, -1, -1]);
    const { labels, distances } = await model.predict(
      matrix([
        [100, -1],
        [9, 0],
      ]),
    );
    expect([...labels]).toEqual([0, -1]);
    expect(distances[0]).toBeGreaterThan(0);
    expect(distances[1]).toBe(Number.POSITIVE_INFINITY);
    x.dispose();
  });

  it('does not depend on the order of the customers', async () => {
    const random = new Random(8);
    const rows = Array.from({ length: 700 }, (_, i) => [
      random.normal(3 * (i % 3)),
      random.normal(i % 2, 0.6),
    ]);
    const order = random.shuffle(Array.from(rows.keys()));
    const x = matrix(columnsOf(rows));
    const y = matrix(columnsOf(order.map(i => rows[i])));
    const options = { eps: 0.35, minPoints: 8 };
    const [a, b] = [await new Dbscan(options).fit(x), await new Dbscan(options).fit(y)];
    expect(b.labels).toEqual(Int32Array.from(order, i => a.labels[i]));
    expect(a.sizes).toEqual(b.sizes);
    tf.dispose([x, y]);
  });

  it('takes batches, and a model comes back from a file', async () => {
    const random = new Random(1);
    const columns = [0, 1].map(() => Array.from({ length: 90 }, (_, i) => random.normal(9 * (i % 2))));
    const x = matrix(columns);
    const parts = [0, 40].map((from, i) => matrix(columns.map(column => column.slice(from, [40, 90][i]))));
    const features = ['recency', 'monetary'];
    const model = await new Dbscan({ eps: 1.5 }).fit(parts, { features });
    expect(model.labels).toEqual((await new Dbscan({ eps: 1.5 }).fit(x)).labels);

    const folder = await mkdtemp(join(tmpdir(), 'kindred-'));
    await model.save(folder);
    const loaded = await Dbscan.load(folder);
    await rm(folder, { recursive: true });
    expect(loaded.toJSON()).toEqual(model.toJSON());
    expect(await loaded.predict(parts)).toEqual(await model.predict(x));
    expect(() => loaded.labels).toThrow('expected a model fitted in this process, found a loaded one.');
    await expect(loaded.predict(x, { features: ['recency', 'age'] })).rejects.toThrow(
      "expected the model's 2 features (recency, monetary), found 2 features (recency, age).",
    );
    tf.dispose([x, ...parts]);
  });

  it('copes with customers who are all at the same place', async () => {
    const x = matrix([new Array(5000).fill(7), new Array(5000).fill(-1)]);
    const model = await new Dbscan({ eps: 1e-6, minPoints: 5000 }).fit(x);
    expect(model.sizes).toEqual([5000]);
    expect((await new Dbscan({ eps: 1, minPoints: 5001 }).fit(x)).noise).toBe(5000);
    x.dispose();
  });

  it('refuses what cannot be', async () => {
    expect(() => new Dbscan({ eps: 0 })).toThrow('expected eps to be a finite number above 0, found 0.');
    expect(() => new Dbscan({ eps: Number.NaN })).toThrow('found NaN');
    expect(() => new Dbscan({ eps: 1, metric: 'cosine' })).toThrow('above 0 and below 1');
    expect(() => new Dbscan({ eps: 1, minPoints: 0 })).toThrow(
      'expected minPoints to be a whole number of at least 1, found 0.',
    );
    const x = matrix([[1, Number.NaN, 3]]);
    await expect(new Dbscan({ eps: 1 }).fit(x)).rejects.toThrow(
      'expected finite numbers in feature row 0, found NaN for customer 1 (counted from 0).',
    );
    await expect(new Dbscan({ eps: 1 }).fit(tf.zeros([2, 0]))).rejects.toThrow('found no customers');
    expect(() => new Dbscan({ eps: 1 }).clusters).toThrow(
      'expected a fitted model, found one before its fit.',
    );
  });
});

onEveryDevice('Dbscan of many features', () => {
  const [features, customers] = [24, 2300];
  const random = new Random(5);
  const rows = Array.from({ length: customers }, (_, i) =>
    Array.from({ length: features }, (_, f) =>
      Math.fround(random.normal(f % 4 === i % 4 ? 3 : 0, i % 10 === 0 ? 1.5 : 0.5)),
    ),
  );

  it('finds what the tree finds', async () => {
    const x = matrix(columnsOf(rows));
    const before = tf.memory().numTensors;
    const model = await new Dbscan({ eps: 2.85, minPoints: 8 }).fit(x);
    const { core, groups } = await scanTree(
      Float32Array.from(rows.flat()),
      features,
      2.85 ** 2,
      8,
      async () => {},
    );
    // Distances are the device's: a pair at eps within their rounding may fall on either side.
    const known = byFirst(groups);
    const same = byFirst(model.labels).filter((group, i) => group === known[i] && core[i] === model.core[i]);
    expect(same.length).toBeGreaterThanOrEqual(customers - 2);
    expect(model.clusters).toBe(4);
    const { labels, distances } = await model.predict(x);
    expect(labels.filter((label, i) => label !== model.labels[i]).length).toBeLessThanOrEqual(2);
    // A core customer is the nearest to itself, exactly there.
    expect(distances.filter((_, i) => core[i] && model.core[i]).every(distance => distance === 0)).toBe(true);
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
  });
});
