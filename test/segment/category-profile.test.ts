import { describe, expect, test } from 'vitest';
import { hypergeometricTails } from '../../src/hypergeometric.js';
import { adjustedPValues, profileCategories } from '../../src/segment/category-profile.js';

// scipy.stats.hypergeom.sf(x - 1, …) and .cdf(x, …)
test.each([
  [7, 50, 12, 15, 0.020268066981289704, 0.9969396177284401],
  [1, 50, 12, 15, 0.99312640693413, 0.05842554105989519],
  [300, 4338, 900, 1188, 5.632299191833243e-6, 0.9999961439503121],
  [200, 4338, 900, 1188, 0.9999690290322947, 4.4568133176725294e-5],
  [5000, 1_000_000, 20_000, 200_000, 8.050772047874733e-68, 1],
  [0, 20, 5, 8, 1, 0.05108359133126936],
])('the tails of the hypergeometric distribution, %i of %i, %i, %i', (found, population, marked, drawn, least, most) => {
  const { atLeast, atMost } = hypergeometricTails(found, population, marked, drawn);
  expect(atLeast / least).toBeCloseTo(1, 6);
  expect(atMost / most).toBeCloseTo(1, 6);
});

test('p-values are corrected for how many there are', () => {
  // scipy.stats.false_discovery_control
  expect(adjustedPValues([0.01, 0.04, 0.03, 0.005, 0.5]).map(p => Number(p.toFixed(12)))).toEqual([
    0.025, 0.05, 0.05, 0.025, 0.5,
  ]);
  expect(adjustedPValues([])).toEqual([]);
});

describe('categories of segments', () => {
  const labels = Int32Array.from({ length: 400 }, (_, i) => (i < 100 ? 0 : i < 300 ? 1 : i < 390 ? 2 : -1));
  /** Segment 0 is French, segment 1 never; the rest is mixed, and of the last ten nobody knows. */
  const codes = Int32Array.from(labels, (label, i) => (label === 0 ? 0 : label === 1 ? 1 : i % 2));
  const country = { name: 'country', codes, categories: ['France', 'Spain', 'Nowhere'] };

  test('over- and under-represented ones are told apart, the surest first', () => {
    const [first, second, third] = profileCategories(labels, 3, [country]);
    expect(first.find(({ category }) => category === 'France')).toMatchObject({
      column: 'country',
      customers: 100,
      share: 1,
      direction: 'over',
    });
    expect(first.map(({ category, direction }) => `${category} ${direction}`).sort()).toEqual([
      'France over',
      'Spain under',
    ]);
    expect(second.find(({ category }) => category === 'France')).toMatchObject({
      lift: 0,
      direction: 'under',
    });
    expect(first[0].adjustedPValue).toBeLessThan(1e-20);
    for (const { pValue, adjustedPValue } of [...first, ...second, ...third]) {
      expect(adjustedPValue).toBeGreaterThanOrEqual(pValue);
    }
    expect(third.every(({ adjustedPValue }) => adjustedPValue > 1e-6)).toBe(true);
  });

  test('who is of no known category does not count', () => {
    const unknown = { ...country, codes: codes.map((code, i) => (i < 50 ? -1 : code)) };
    const [first] = profileCategories(labels, 3, [unknown]);
    expect(first.find(({ category }) => category === 'France')).toMatchObject({ customers: 50, share: 1 });
  });

  test('other numbers of customers are refused', () => {
    expect(() => profileCategories(labels, 3, [{ ...country, codes: [0, 1] }])).toThrow(
      /400 values of country/,
    );
  });
});
