import { describe, expect, it } from 'vitest';
import { keepNeighbours, renumbered } from '../../src/recommend/kept-neighbours.js';
import { csr, dense } from './matrices.js';

const before = csr(4, [{ 1: 0.5, 2: 0.3 }, { 0: 0.5, 3: 0.2 }, { 0: 0.3 }, { 1: 0.2 }]);
const replacedIn = (now: typeof before, tolerance: number, neighbours = 2) => [
  ...keepNeighbours(now, before, neighbours, tolerance).replaced,
];

describe('keepNeighbours', () => {
  it('keeps rows within the tolerance as they were, and takes the others as they are', () => {
    const now = csr(4, [{ 1: 0.505, 2: 0.3 }, { 0: 0.505, 3: 0.2 }, { 0: 0.35 }, { 1: 0.2 }]);
    const { similar, replaced } = keepNeighbours(now, before, 2, 0.01);
    expect([...replaced]).toEqual([0, 0, 1, 0]);
    expect(dense(similar)).toEqual([dense(before)[0], dense(before)[1], dense(now)[2], dense(before)[3]]);
    expect(replacedIn(now, 0)).toEqual([1, 1, 1, 0]);
    expect(replacedIn(before, 0)).toEqual([0, 0, 0, 0]);
  });

  it('takes a missing neighbour as the last of a full list, and as 0 of a short one', () => {
    // Item 3 comes into the full list of item 0 in the place of item 2, and into the short one of item 2.
    const now = csr(4, [{ 1: 0.5, 3: 0.305 }, { 0: 0.5, 3: 0.2 }, { 0: 0.3, 3: 0.005 }, { 1: 0.2 }]);
    expect(replacedIn(now, 0.01)).toEqual([0, 0, 0, 0]);
    expect(replacedIn(now, 0.004)).toEqual([1, 0, 1, 0]);
    expect(replacedIn(now, 0)).toEqual([1, 0, 1, 0]);
  });
});

describe('renumbered', () => {
  it('moves neighbours to the numbers of another catalogue', () => {
    const moved = renumbered(before, Int32Array.of(1, 0, -1, 4), 5);
    const [, half, , fifth] = [0, Math.fround(0.5), 0, Math.fround(0.2)];
    expect(dense(moved)).toEqual([
      [0, half, 0, 0, fifth],
      [half, 0, 0, 0, 0],
      [0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0],
      [fifth, 0, 0, 0, 0],
    ]);
    expect(renumbered(before, Int32Array.of(0, 1, 2, 3), 4)).toBe(before);
  });
});
