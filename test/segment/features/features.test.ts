import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/random.js';
import {
  correlateCustomers,
  correlateFeatures,
  scoreFeatures,
  selectFeatures,
} from '../../../src/segment/features/index.js';
import { meanRanks } from '../../../src/segment/features/mean-ranks.js';
import { dataset } from '../../datasets.js';
import { onDevice, onEveryDevice } from '../../devices.js';
import { matrix, readColumns, wholesaleColumns } from '../tables.js';

const wholesale = dataset('wholesale-customers/Wholesale customers data.csv');

onEveryDevice('correlation', () => {
  // By NumPy and SciPy: Grocery with every feature; the first three customers with each other.
  it.skipIf(!wholesale).each([
    ['pearson', [-0.011854, 0.728335, 1, -0.040193, 0.924641, 0.205497]],
    ['spearman', [-0.119983, 0.773049, 1, -0.168831, 0.801282, 0.304256]],
  ] as const)('has the known figures of Wholesale features, %s', async (method, known) => {
    const x = matrix(readColumns(wholesale!, wholesaleColumns));
    const before = tf.memory().numTensors;
    const correlations = await correlateFeatures(x, { method });
    known.forEach((value, f) => {
      expect(correlations[2 * 6 + f]).toBeCloseTo(value, 4);
      expect(correlations[f * 6 + 2]).toBeCloseTo(value, 4);
    });
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
  });

  it.skipIf(!wholesale).each([
    ['pearson', [1, 0.83882, 0.554603, 0.83882, 1, 0.652093, 0.554603, 0.652093, 1]],
    ['spearman', [1, 0.828571, 0.428571, 0.828571, 1, 0.657143, 0.428571, 0.657143, 1]],
  ] as const)('has the known figures of Wholesale customers, %s', async (method, known) => {
    const x = matrix(readColumns(wholesale!, wholesaleColumns).map(column => column.slice(0, 3)));
    const correlations = await correlateCustomers(x, x, { method });
    known.forEach((value, i) => {
      expect(correlations[i]).toBeCloseTo(value, 4);
    });
    x.dispose();
  });
});

describe('correlation', () => {
  onDevice('cpu');

  it('is 0 for a feature that is the same for everybody, and refuses what is no number', async () => {
    const x = matrix([
      [1, 2, 4],
      [5, 5, 5],
    ]);
    expect([...(await correlateFeatures(x))]).toEqual([1, 0, 0, 1]);
    await expect(correlateFeatures(matrix([[1, Number.NaN]]), { features: ['age'] })).rejects.toThrow(
      'expected finite numbers in feature "age", found NaN for customer 1',
    );
    await expect(correlateCustomers(x, matrix([[1]]))).rejects.toThrow();
    x.dispose();
  });

  it('ranks with equal values in the middle of their ranks', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1 }), values => {
        const known = values.map(
          value => (values.filter(v => v < value).length + 1 + values.filter(v => v <= value).length) / 2,
        );
        expect([...meanRanks(values)]).toEqual(known);
      }),
    );
  });
});

describe('feature selection', () => {
  onDevice('cpu');

  it.skipIf(!wholesale)('has the gains that scikit-learn’s trees find in Wholesale customers', async () => {
    const x = matrix(readColumns(wholesale!, wholesaleColumns));
    const [channel] = readColumns(wholesale!, ['Channel']);
    const target = channel.map(value => value - 1);
    const scores = await scoreFeatures(x, { names: wholesaleColumns, target });
    const entropyGains = [0.020133, 0.290439, 0.397221, 0.051864, 0.532739, 0.033684];
    const giniGains = [0.012366, 0.171378, 0.22904, 0.028043, 0.29042, 0.020622];
    scores.forEach(({ informationGain, giniGain, name }, f) => {
      expect(name).toBe(wholesaleColumns[f]);
      expect(informationGain).toBeCloseTo(entropyGains[f], 5);
      expect(giniGain).toBeCloseTo(giniGains[f], 5);
    });
    expect(scores[2].correlation).toBeCloseTo(0.924641, 5);
    expect(scores[2].correlatedWith).toBe('Detergents_Paper');
    const best = [...scores].sort((a, b) => b.mutualInformation - a.mutualInformation);
    expect(best[0].name).toBe('Detergents_Paper');

    const chosen = await selectFeatures(x, {
      names: wholesaleColumns,
      target,
      maxCorrelation: 0.9,
      count: 3,
    });
    const selected = chosen.filter(feature => feature.selected).map(({ name }) => name);
    expect(selected.length).toBe(3);
    expect(selected).toContain('Detergents_Paper');
    expect(selected).toContain('Milk');
    expect(chosen[2]).toMatchObject({ selected: false, reason: 'says what Detergents_Paper says' });
    x.dispose();
  });

  it('measures what a feature tells', async () => {
    const random = new Random(1);
    const target = Array.from({ length: 4000 }, () => random.integer(4));
    const x = matrix([target.map(c => 3 * c + random.uniform()), target.map(() => random.uniform())]);
    const [telling, silent] = await scoreFeatures(x, { target });
    expect(telling.mutualInformation).toBeGreaterThan(1.5);
    expect(telling.mutualInformation).toBeLessThanOrEqual(2);
    expect(telling.informationGain).toBeCloseTo(1, 1);
    expect(silent.mutualInformation).toBeLessThan(0.02);
    expect(silent.giniGain).toBeLessThan(0.01);
    x.dispose();
  });

  it('is never beaten by another threshold', async () => {
    const values = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 2 })), {
      minLength: 2,
      maxLength: 40,
    });
    const impurity = (classes: number[]) =>
      1 -
      [0, 1, 2].reduce(
        (sum, c) => sum + (classes.filter(each => each === c).length / classes.length) ** 2,
        0,
      );
    await fc.assert(
      fc.asyncProperty(values, async pairs => {
        const x = matrix([pairs.map(([value]) => value)]);
        const [{ giniGain }] = await scoreFeatures(x, { target: pairs.map(([, each]) => each) });
        const whole = impurity(pairs.map(([, each]) => each));
        const gains = Array.from({ length: 9 }, (_, threshold) => {
          const below = pairs.flatMap(([value, each]) => (value <= threshold ? [each] : []));
          const above = pairs.flatMap(([value, each]) => (value > threshold ? [each] : []));
          if (below.length === 0 || above.length === 0) return 0;
          return whole - (below.length * impurity(below) + above.length * impurity(above)) / pairs.length;
        });
        expect(giniGain).toBeCloseTo(Math.max(0, ...gains), 9);
        x.dispose();
      }),
      { numRuns: 60 },
    );
  });

  it('leaves out what does not vary and what is said twice, by variance', async () => {
    const random = new Random(2);
    const a = Array.from({ length: 200 }, () => random.normal());
    const x = matrix([a, a.map(() => 0.1), a.map(value => 2 * value), a.map(() => random.normal())]);
    const chosen = await selectFeatures(x, { names: ['a', 'constant', 'twice', 'other'] });
    expect(chosen.map(({ selected, reason }) => [selected, reason])).toEqual([
      [false, 'says what twice says'],
      [false, 'the same for everybody'],
      [true, 'number 1 by variance'],
      [true, 'number 2 by variance'],
    ]);
    expect(chosen[3].mutualInformation).toBeNaN();
    await expect(selectFeatures(x, { merit: 'giniGain' })).rejects.toThrow(
      'expected a target to choose features by giniGain, found none.',
    );
    await expect(scoreFeatures(x, { target: [1] })).rejects.toThrow(
      'expected 200 classes in the target, found 1.',
    );
    x.dispose();
  });
});
