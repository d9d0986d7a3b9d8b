import { expect } from 'vitest';

/**
 * Checks one row of a top-k result against the exact scores of its candidates: as many as there are, each
 * with its own score, sorted, none twice, and none left out that is clearly better than the last.
 */
export function checkTopK(
  indices: number[],
  scores: number[],
  row: number,
  topK: number,
  candidates: Map<number, number>,
): void {
  const found = indices.slice(row * topK, (row + 1) * topK);
  const values = scores.slice(row * topK, (row + 1) * topK);
  const filled = Math.min(topK, candidates.size);
  const exact = [...candidates.values()].sort((a, b) => b - a);
  const tolerance = 1e-5 * Math.max(1, ...exact.map(Math.abs));

  expect(found.slice(filled)).toEqual(new Array(topK - filled).fill(-1));
  expect(values.slice(filled)).toEqual(new Array(topK - filled).fill(Number.NEGATIVE_INFINITY));
  expect(new Set(found.slice(0, filled)).size).toBe(filled);
  for (let place = 0; place < filled; place++) {
    const score = candidates.get(found[place]);
    expect(score, `row ${row} holds ${found[place]}, which is no candidate`).toBeDefined();
    expect(Math.abs(values[place] - score!)).toBeLessThanOrEqual(tolerance);
    expect(Math.abs(values[place] - exact[place])).toBeLessThanOrEqual(tolerance);
    if (place > 0) expect(values[place]).toBeLessThanOrEqual(values[place - 1]);
  }
}
