import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../src/errors.js';
import { adjustedRandIndex } from '../../src/evaluate/adjusted-rand.js';
import { calinskiHarabasz } from '../../src/evaluate/calinski-harabasz.js';
import { daviesBouldin } from '../../src/evaluate/davies-bouldin.js';
import { silhouette } from '../../src/evaluate/silhouette.js';
import { Random } from '../../src/random.js';
import { KMeans } from '../../src/segment/kmeans.js';
import { dataset } from '../datasets.js';
import { onDevice, onEveryDevice } from '../devices.js';
import { mallColumns, matrix, readColumns, scalings, wholesaleColumns } from '../segment/tables.js';

const mall = dataset('mall-customers/Mall_Customers.csv');
const wholesale = dataset('wholesale-customers/Wholesale customers data.csv');

/** Of the optimal k-means segments of Mall customers, by independent code. */
const mallFigures: [k: number, silhouette: number, daviesBouldin: number, calinskiHarabasz: number][] = [
  [2, 0.296897, 1.256774, 96.7465],
  [3, 0.467614, 0.715277, 151.557],
  [4, 0.493196, 0.710364, 174.0644],
  [5, 0.553932, 0.572563, 247.359],
  [6, 0.539761, 0.652243, 242.5376],
  [7, 0.528194, 0.714705, 255.1335],
  [8, 0.458513, 0.753184, 268.9392],
];

/** Of the optimal k-means segments of Wholesale customers: silhouette, adjusted Rand index with the channel. */
const wholesaleFigures: [scaling: string, k: number, silhouette: number, rand: number][] = [
  ['raw', 2, 0.511533, -0.0306],
  ['raw', 3, 0.478351, 0.1527],
  ['raw', 5, 0.383296, 0.2371],
  ['z-score', 3, 0.542401, 0.2356],
  ['z-score', 5, 0.368072, 0.3711],
  ['natural log', 2, 0.29996, 0.5808],
];

onEveryDevice('silhouette', () => {
  it.skipIf(!mall).each(mallFigures)('has the known figure of Mall customers, k = %i', async (k, known) => {
    const x = matrix(readColumns(mall!, mallColumns));
    const { labels } = await new KMeans({ k }).fit(x);
    const before = tf.memory().numTensors;
    expect((await silhouette(x, labels)).mean).toBeCloseTo(known, 5);
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
  });
});

describe('silhouette', () => {
  onDevice('cpu');

  it('is that of the definition', async () => {
    // a = 1, 1, 0; b = 9.5, 8.5 and, alone in the segment, 0 by definition.
    const x = matrix([[0, 1, 10, 99]]);
    const { scores, customers, mean } = await silhouette(x, [0, 0, 7, -1]);
    expect([...customers]).toEqual([0, 1, 2]);
    expect(scores[0]).toBeCloseTo(0.9, 6);
    expect(scores[1]).toBeCloseTo(8 / 9, 6);
    expect(scores[2]).toBe(0);
    expect(mean).toBeCloseTo((0.9 + 8 / 9) / 3, 6);
    x.dispose();
  });

  it('is estimated from a sample', async () => {
    const random = new Random(4);
    const labels = Int32Array.from({ length: 3000 }, () => random.integer(3));
    const x = matrix([
      [...labels].map(label => random.normal(3 * label)),
      [...labels].map(() => random.normal()),
    ]);
    const exact = await silhouette(x, labels);
    const progress: number[][] = [];
    const sampled = await silhouette(x, labels, {
      sample: 600,
      onProgress: (...done) => progress.push(done),
    });
    expect(sampled.scores.length).toBe(600);
    expect(Math.abs(sampled.mean - exact.mean)).toBeLessThan(0.03);
    sampled.customers.forEach((customer, i) => {
      expect(sampled.scores[i]).toBeCloseTo(exact.scores[customer], 5);
    });
    expect(progress.at(-1)).toEqual([600, 600]);
    x.dispose();
  });

  it('refuses less than two segments, and as many as customers', async () => {
    const x = matrix([[1, 2, 3]]);
    await expect(silhouette(x, [4, 4, 4])).rejects.toThrow(
      'expected at least two segments and fewer segments than customers, found 1 segment of 3 customers.',
    );
    await expect(silhouette(x, [0, 1, 2])).rejects.toThrow(DataError);
    await expect(silhouette(x, [0, 1])).rejects.toThrow('expected 3 labels, found 2.');
    await expect(daviesBouldin(x, [0, 0, 0])).rejects.toThrow(DataError);
    await expect(calinskiHarabasz(x, [0, 0, -1])).rejects.toThrow(DataError);
    x.dispose();
  });
});

describe('scores of a segmentation', () => {
  onDevice('cpu');

  it.skipIf(!mall).each(mallFigures)('are the known ones of Mall customers, k = %i', async (k, _, db, ch) => {
    const x = matrix(readColumns(mall!, mallColumns));
    const { labels } = await new KMeans({ k }).fit(x);
    expect(await daviesBouldin(x, labels)).toBeCloseTo(db, 6);
    expect(await calinskiHarabasz(x, labels)).toBeCloseTo(ch, 4);
    x.dispose();
  });

  it.skipIf(!wholesale).each(wholesaleFigures)(
    'are the known ones of Wholesale customers, %s, k = %i',
    async (scaling, k, known, rand) => {
      const x = matrix(readColumns(wholesale!, wholesaleColumns).map(scalings[scaling]));
      const { labels } = await new KMeans({ k }).fit(x);
      expect((await silhouette(x, labels)).mean).toBeCloseTo(known, 5);
      const [channel] = readColumns(wholesale!, ['Channel']);
      expect(adjustedRandIndex(labels, channel)).toBeCloseTo(rand, 4);
      x.dispose();
    },
  );
});

describe('adjustedRandIndex', () => {
  const grouping = fc.array(fc.integer({ min: -1, max: 4 }), { minLength: 2, maxLength: 40 });

  it('is 1 for the same groups by other names', () => {
    fc.assert(
      fc.property(grouping, labels => {
        expect(
          adjustedRandIndex(
            labels,
            labels.map(label => 9 - 2 * label),
          ),
        ).toBeCloseTo(1, 12);
      }),
    );
  });

  it('is that of the definition', () => {
    expect(adjustedRandIndex([0, 0, 1, 1], [0, 0, 1, 2])).toBeCloseTo(4 / 7, 12);
    expect(adjustedRandIndex([0, 0, 1, 1], [0, 1, 0, 1])).toBeCloseTo(-0.5, 12);
    expect(adjustedRandIndex([], [])).toBe(1);
    expect(() => adjustedRandIndex([1], [1, 2])).toThrow('expected 1 labels in both groupings, found 2.');
  });
});

onEveryDevice('figures of customers of a stream', () => {
  it('are those of the same customers in memory, also where a batch lacks a segment', async () => {
    const random = new Random(4);
    const customers = 90;
    const labels = Int32Array.from({ length: customers }, (_, i) => (i === 7 ? -1 : Math.floor(i / 30)));
    const columns = [0, 1].map(f =>
      Array.from({ length: customers }, (_, i) => Math.fround(random.normal((f + 1) * labels[i], 0.7))),
    );
    const x = matrix(columns);
    const stream = function* () {
      for (let from = 0; from < customers; from += 40) {
        const some = columns.map(column => column.slice(from, from + 40));
        yield { values: Float32Array.from(some.flat()), rows: some[0].length };
      }
    };
    const before = tf.memory().numTensors;
    for (const options of [{}, { sample: 20, seed: 2 }]) {
      const whole = await silhouette(x, labels, options);
      const streamed = await silhouette(stream, labels, options);
      expect(streamed.customers).toEqual(whole.customers);
      expect(streamed.mean).toBeCloseTo(whole.mean, 5);
    }
    expect(await calinskiHarabasz(stream, labels)).toBe(await calinskiHarabasz(x, labels));
    expect(await daviesBouldin(stream, labels)).toBe(await daviesBouldin(x, labels));
    await expect(calinskiHarabasz(stream, labels.subarray(1))).rejects.toThrow(
      'expected 90 labels, found 89.',
    );
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
  });
});
