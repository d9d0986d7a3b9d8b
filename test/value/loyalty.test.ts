import { expect, it } from 'vitest';
import { LOYALTY_TIERS, loyaltyTiers } from '../../src/value/loyalty.js';

const customers = {
  purchases: [8, 8, 8, 4, 2, 2, 1, Number.NaN],
  tenure: [180, 179, 400, 90, 0, 30, 700, Number.NaN],
  alive: [0.7, 0.9, 0.65, 0.6, 0.5, 0.49, 1, Number.NaN],
};

it('gives each customer the highest tier whose every threshold they reach', () => {
  const { tier, names } = loyaltyTiers(customers);
  expect(Array.from(tier, index => names[index])).toEqual([
    'gold',
    'silver',
    'silver',
    'silver',
    'bronze',
    'slipping',
    'one-time',
    'none',
  ]);
  expect(names).toHaveLength(LOYALTY_TIERS.length + 1);
});

it('takes tiers of its own, in which what is not said does not count', () => {
  const { tier, names } = loyaltyTiers(customers, [{ name: 'old friends', tenure: 365 }]);
  expect(Array.from(tier, index => names[index])).toEqual([
    'none',
    'none',
    'old friends',
    'none',
    'none',
    'none',
    'old friends',
    'none',
  ]);
});
