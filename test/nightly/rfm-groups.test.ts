import { expect, test } from 'vitest';
import { rfmGroups } from '../../src/nightly/rfm-groups.js';

test('shares of the revenue come to one, also where somebody returned more than they bought', () => {
  const columns = {
    recency: [1, 2, 3, Number.NaN],
    frequency: [4, 1, 1, Number.NaN],
    monetary: [90, 30, -20, Number.NaN],
  };
  const groups = rfmGroups(['good', 'others', 'none'], [{ columns, segment: Uint8Array.of(0, 1, 1, 2) }]);
  expect(groups.map(({ revenue }) => revenue)).toEqual([90, 10, 0]);
  expect(groups.map(({ revenueShare }) => revenueShare)).toEqual([0.9, 0.1, 0]);
});
