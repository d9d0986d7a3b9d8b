import { describe, expect, it } from 'vitest';
import { Random } from '../../src/random.js';
import { KMeans } from '../../src/segment/kmeans.js';
import { profileSegments } from '../../src/segment/profile.js';
import { Ranks } from '../../src/segment/ranks.js';
import { dataset } from '../datasets.js';
import { onDevice } from '../devices.js';
import { mallColumns, matrix, readColumns } from './tables.js';

describe('Ranks', () => {
  it('are middle ranks, whose mean is one half', () => {
    const ranks = new Ranks([10, 20, 20, Number.NaN, 30]);
    expect([5, 10, 20, 30, 35].map(value => ranks.of(value))).toEqual([0, 0.125, 0.5, 0.875, 1]);
    expect(ranks.deviation).toBeCloseTo(Math.sqrt((2 * 0.375 ** 2) / 4), 12);
    expect(new Ranks(Array.from({ length: 1e5 }, (_, i) => i)).deviation).toBeCloseTo(1 / Math.sqrt(12), 4);
    expect(new Ranks([]).of(3)).toBe(0.5);
  });
});

describe('profileSegments', () => {
  onDevice('cpu');

  const labels = Int32Array.of(0, 0, 0, 1, 1, 2, -1);
  const features = [
    { name: 'recency', values: [1, 2, 6, 90, 110, 300, 50] },
    { name: 'monetary', values: Float32Array.of(900, 1000, 800, 100, Number.NaN, 10, 200) },
  ];
  const revenue = [900, 1000, 800, 100, 0, 10, 190];

  it('gives sizes, shares, means and medians', () => {
    const [first, second, third] = profileSegments({ labels, k: 3, features, revenue });
    expect(first).toMatchObject({ segment: 0, size: 3, share: 3 / 7, revenue: 2700, revenueShare: 0.9 });
    expect(first.features[0]).toMatchObject({ name: 'recency', mean: 3, median: 2 });
    expect(first.features[1]).toMatchObject({ mean: 900, median: 900 });
    expect(second.features[0]).toMatchObject({ mean: 100, median: 100 });
    expect(second.features[1]).toMatchObject({ mean: 100, median: 100 });
    expect(third.revenueShare).toBeCloseTo(10 / 3000, 12);
    const mean = 559 / 7;
    const deviation = Math.sqrt([1, 2, 6, 90, 110, 300, 50].reduce((sum, v) => sum + (v - mean) ** 2, 0) / 7);
    expect(first.features[0].difference).toBeCloseTo((3 - mean) / deviation, 10);
  });

  it('names what sets segments apart', () => {
    const profiles = profileSegments({ labels, k: 4, features, revenue });
    expect(profiles.map(({ name }) => name)).toEqual([
      'Recent big spenders',
      'Lapsing small spenders',
      'Long gone minimal spenders',
      'Nobody',
    ]);
    expect(profiles[2].distinctions[0]).toMatchObject({ feature: 'recency', direction: 'high', very: true });
    expect(profileSegments({ labels, k: 3, features })[0].revenueShare).toBeNaN();
  });

  it('is not swayed by a few extreme customers', () => {
    const random = new Random(0);
    const monetary = Array.from({ length: 2000 }, (_, i) =>
      i === 0 ? 1e7 : Math.exp(random.normal(i < 500 ? 6 : 4)),
    );
    const [big, small] = profileSegments({
      labels: Int32Array.from(monetary, (_, i) => (i < 500 ? 0 : 1)),
      k: 2,
      features: [{ name: 'monetary', values: monetary }],
    });
    expect(big.name).toBe('Big spenders');
    expect(Math.abs(small.features[0].difference)).toBeLessThan(0.1);
    expect(small.features[0].rankDifference).toBeLessThan(-0.3);
  });

  it('tells segments of like character apart', () => {
    const values = Array.from({ length: 90 }, (_, i) => Math.floor(i / 10));
    const profiles = profileSegments({
      labels: Int32Array.from(values),
      k: 9,
      features: [{ name: 'Pages_seen (per day)', values }],
    });
    const names = profiles.map(({ name }) => name);
    expect(new Set(names).size).toBe(9);
    expect(names[0]).toBe('Very low pages seen');
    expect(names[1]).toBe('Low pages seen (pages seen near 1)');
    expect(names[4]).toBe('Average customers (pages seen near 4)');
    expect(names[6]).toMatch(/^High pages seen/);
  });

  it.each([
    ['MonthlyCharges', 'monthly charges'],
    ['pagesSeen', 'pages seen'],
    ['RFMScore', 'RFM score'],
    ['Age', 'age'],
  ])('reads the words of %s', (name, words) => {
    const values = Array.from({ length: 90 }, (_, i) => Math.floor(i / 30));
    const [low] = profileSegments({ labels: Int32Array.from(values), k: 3, features: [{ name, values }] });
    expect(low.name).toBe(`Very low ${words}`);
  });

  it('names customers without any difference', () => {
    const profiles = profileSegments({
      labels: Int32Array.of(0, 1),
      k: 2,
      features: [{ name: 'a', values: [7, 7] }],
    });
    expect(profiles.map(({ name }) => name)).toEqual([
      'Average customers (a near 7)',
      'Average customers (a near 7), 2',
    ]);
    expect(profileSegments({ labels: Int32Array.of(0), k: 1, features: [] })[0].name).toBe(
      'Average customers',
    );
  });

  it('refuses features of another number of customers', () => {
    expect(() => profileSegments({ labels, k: 3, features: [{ name: 'age', values: [1] }] })).toThrow(
      'expected 7 values of age, found 1.',
    );
  });

  it.skipIf(!dataset('mall-customers/Mall_Customers.csv'))('reads well on the Mall customers', async () => {
    const columns = readColumns(dataset('mall-customers/Mall_Customers.csv')!, mallColumns);
    const x = matrix(columns);
    const { labels } = await new KMeans({ k: 5 }).fit(x);
    x.dispose();
    const profiles = profileSegments({
      labels,
      k: 5,
      features: mallColumns.map((name, f) => ({ name, values: columns[f] })),
    });
    expect(profiles.map(({ name }) => name)).toEqual([
      'Average customers',
      'Top spenders with high annual income',
      'Minimal spenders with high annual income',
      'Small spenders with very low annual income',
      'Big spenders with very low annual income',
    ]);
  });
});
