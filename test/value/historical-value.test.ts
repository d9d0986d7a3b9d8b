import { expect, it } from 'vitest';
import { historicalValue } from '../../src/value/historical-value.js';

it('carries the spending of the past on, and makes no rate out of a short history', () => {
  const { historicalValue: past, lifetimeValue } = historicalValue(
    { spent: [1040, 100, 100, Number.NaN], tenure: [104, 10, 0, Number.NaN] },
    { horizon: 52, margin: 0.5 },
  );
  expect(Array.from(past)).toEqual([520, 50, 50, Number.NaN]);
  expect(Array.from(lifetimeValue)).toEqual([260, 50, 50, Number.NaN]);
});
