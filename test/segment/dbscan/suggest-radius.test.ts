import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/random.js';
import { Dbscan, suggestRadius } from '../../../src/segment/dbscan/index.js';
import { kneeOf } from '../../../src/segment/knee.js';
import { onDevice } from '../../devices.js';
import { matrix } from '../tables.js';
import { euclidean } from './oracle.js';

describe('kneeOf', () => {
  it('finds the knee of the example of its paper', () => {
    // y = −1 / (x + 0.1) + 5 at ten places, of which Kneedle finds 0.22.
    const x = Array.from({ length: 10 }, (_, i) => i / 9);
    const place = kneeOf(
      x,
      x.map(value => -1 / (value + 0.1) + 5),
      'above',
    );
    expect(x[place]).toBeCloseTo(0.22, 2);
  });

  it('is the first place of a straight line, a flat one and a single point', () => {
    expect(kneeOf([1, 2, 3], [2, 4, 6], 'above')).toBe(0);
    expect(kneeOf([1, 2, 3], [2, 2, 2], 'below')).toBe(0);
    expect(kneeOf([1], [2], 'below')).toBe(0);
    expect(kneeOf([1, 2, 3, 4], [9, 2, 1, 0], 'below')).toBe(1);
  });
});

describe('suggestRadius', () => {
  onDevice('cpu');

  const random = new Random(2);
  const rows = Array.from({ length: 600 }, (_, i) =>
    i % 12 === 0
      ? [random.uniform() * 40 - 10, random.uniform() * 40 - 10]
      : [random.normal(10 * (i % 3)), random.normal(10 * (i % 2))],
  );
  const columns = [rows.map(([a]) => a), rows.map(([, b]) => b)];

  it('gives the sorted distances to the nearest customers', async () => {
    const x = matrix(columns);
    const { distances } = await suggestRadius(x, { minPoints: 4 });
    const known = rows
      .map(a => rows.map(b => euclidean(a, b)).sort((p, q) => p - q)[3])
      .sort((p, q) => p - q);
    known.forEach((distance, i) => {
      expect(distances[i]).toBeCloseTo(distance, 5);
    });
    x.dispose();
  });

  it('finds a radius that separates the clusters', async () => {
    const x = matrix(columns);
    const { eps, coreShare } = await suggestRadius(x, { minPoints: 6 });
    const model = await new Dbscan({ eps, minPoints: 6 }).fit(x);
    expect(model.clusters).toBe(6);
    expect(model.core.reduce((sum, flag) => sum + flag, 0) / rows.length).toBeCloseTo(coreShare, 2);
    x.dispose();
  });

  it('estimates it from a sample', async () => {
    const x = matrix(columns);
    const { distances, eps } = await suggestRadius(x, { sample: 200 });
    expect(distances.length).toBe(200);
    expect(Math.abs(eps - (await suggestRadius(x)).eps)).toBeLessThan(0.8);
    x.dispose();
  });

  it('refuses too few customers, and such that do not differ', async () => {
    await expect(suggestRadius(matrix([[1, 2, 3]]))).rejects.toThrow(
      'expected more than 5 customers, found 3.',
    );
    await expect(suggestRadius(matrix([new Array(9).fill(4)]))).rejects.toThrow(
      'customers at different places',
    );
    await expect(suggestRadius(matrix([[1, 2]]), { minPoints: 0 })).rejects.toThrow('minPoints');
  });
});
