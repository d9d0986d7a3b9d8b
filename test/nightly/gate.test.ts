import { describe, expect, test } from 'vitest';
import { atLeast, atMost, movement } from '../../src/nightly/gate/measure.js';

describe('a measure of the gate', () => {
  test('may fall by its share and no more', () => {
    expect(atLeast('customers', 50, 100, { fall: 0.5 }).passed).toBe(true);
    const fallen = atLeast('customers', 49, 100, { fall: 0.5 });
    expect(fallen.passed).toBe(false);
    expect(movement(fallen)).toBe('customers from 100 to 49 (at most 50 % less than before)');
  });

  test('has no limit in the first night, nor where everything may be lost', () => {
    expect(atLeast('ndcg', 0, undefined, { fall: 0.5 })).toEqual({ name: 'ndcg', value: 0, passed: true });
    expect(atLeast('ndcg', 0, 0.5, { fall: 1 })).toMatchObject({ passed: true });
  });

  test('has to reach its least value whatever was before', () => {
    const low = atLeast('hitRate', 0.2, 0.2, { fall: 0.5, least: 0.3 });
    expect(low.passed).toBe(false);
    expect(movement(low)).toBe('hit rate from 20 % to 20 % (at least 0.3)');
    expect(atLeast('hitRate', 0.3, 0.2, { fall: 0.5, least: 0.3 }).passed).toBe(true);
  });

  test('of change must not be too great', () => {
    expect(atMost('churn', 0.4, 0.4).passed).toBe(true);
    expect(movement(atMost('churn', 0.41, 0.4))).toBe('other recommendations of 41 % (at most 40 %)');
  });
});
