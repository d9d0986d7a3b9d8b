import { describe, expect, it } from 'vitest';
import { movedNeighbours, renumbered } from '../../src/recommend/moved-neighbours.js';
import { csr, dense } from './matrices.js';

const before = csr(4, [{ 1: 0.5, 2: 0.3 }, { 0: 0.5, 3: 0.2 }, { 0: 0.3 }, { 1: 0.2 }]);
const full = 2;

describe('movedNeighbours', () => {
  it('sums how far the similarities of each item have moved, and what they were', () => {
    const now = csr(4, [{ 1: 0.505, 2: 0.3 }, { 0: 0.505, 3: 0.2 }, { 0: 0.35 }, { 1: 0.2 }]);
    const { differences, sums } = movedNeighbours(now, before, full);
    [0.005, 0.005, 0.05, 0].forEach((difference, item) => {
      expect(differences[item]).toBeCloseTo(difference, 6);
    });
    [0.8, 0.7, 0.3, 0.2].forEach((sum, item) => {
      expect(sums[item]).toBeCloseTo(sum, 6);
    });
    expect([...movedNeighbours(before, before, full).differences]).toEqual([0, 0, 0, 0]);
  });

  it('takes a missing neighbour as the last of a full list, and as 0 of a short one', () => {
    // Item 3 comes into the full list of item 0 in the place of item 2, and into the short one of item 2.
    const now = csr(4, [{ 1: 0.5, 3: 0.305 }, { 0: 0.5, 3: 0.2 }, { 0: 0.3, 3: 0.005 }, { 1: 0.2 }]);
    const { differences } = movedNeighbours(now, before, full);
    // In the place of one that was 0.3 beside 0.305 now, and of one that is at most 0.305 now.
    [0.01, 0, 0.005, 0].forEach((difference, item) => {
      expect(differences[item]).toBeCloseTo(difference, 6);
    });
  });

  it('never takes other neighbours for the same ones', () => {
    const now = csr(4, [{ 1: 0.5, 3: 0.3 }, { 0: 0.5, 3: 0.2 }, { 0: 0.3 }, { 1: 0.2 }]);
    const [first, ...others] = movedNeighbours(now, before, full).differences;
    expect(first).toBeGreaterThan(0);
    expect(others).toEqual([0, 0, 0]);
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
