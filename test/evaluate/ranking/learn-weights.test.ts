import { describe, expect, it } from 'vitest';
import { learnWeights } from '../../../src/evaluate/index.js';
import { Random } from '../../../src/random.js';
import { csr } from '../../recommend/matrices.js';

/** Lists of two items each. */
const lists = (items: number[]) => ({ customers: items.length / 2, count: 2, items: Int32Array.from(items) });

describe('learnWeights', () => {
  it('takes the best voice alone where the others add nothing', () => {
    const good = lists([0, 1, 0, 1]);
    const bad = lists([2, 3, 3, 2]);
    const heldOut = csr(4, [{ 0: 1 }, { 0: 1, 1: 1 }]);
    const found = learnWeights([bad, good], heldOut, { k: 1, softenings: [3] });
    expect(found).toEqual({ weights: [0, 1], softening: 3, alone: [0, 1], ndcg: 1 });
  });

  it('joins voices of which each is right where the other is not', () => {
    const random = new Random(1);
    const wanted = Array.from({ length: 400 }, () => 10 + random.integer(40));
    // Each voice has the wanted item second, behind one of its own: together they put it first.
    const voice = (first: number) => ({
      customers: 400,
      count: 2,
      items: Int32Array.from(wanted.flatMap(item => [first, item])),
    });
    const heldOut = csr(
      50,
      wanted.map(item => ({ [item]: 1 })),
    );
    const { weights, alone, ndcg } = learnWeights([voice(0), voice(1)], heldOut, { k: 1, softenings: [3] });
    expect(alone).toEqual([0, 0]);
    expect(weights.every(weight => weight > 0)).toBe(true);
    expect(ndcg).toBe(1);
  });

  it('says what is missing', () => {
    expect(() => learnWeights([], csr(2, [{}]), { softenings: [3] })).toThrow('at least one voice');
    expect(() => learnWeights([lists([0, 1])], csr(2, [{}]), { softenings: [3] })).toThrow(
      'expected customers with something held out, to learn weights from, found none',
    );
  });
});
