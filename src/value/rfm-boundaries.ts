import type { RfmColumns } from './rfm.js';

/**
 * Where scores begin, of columns that are not scored by quantiles: increasing numbers, one fewer than there are scores. A customer
 * with 5 purchases reaches the score that begins at 5. Of recency they are days, and the fewest are the best: `[30, 90]` gives
 * the highest of three scores up to 30 days, the lowest beyond 90.
 */
export type RfmBoundaries = Partial<Record<keyof RfmColumns, readonly number[]>>;

/** Number of scores that boundaries come to; undefined where there are none. */
export function scoresOf(boundaries: RfmBoundaries): number | undefined {
  const [first] = Object.values(boundaries).filter(list => list !== undefined);
  return first && first.length + 1;
}

/** What is wrong with boundaries for so many scores, in the words of an error; undefined where nothing is. */
export function boundariesProblem(
  given: RfmBoundaries,
  scores: number,
): { column: keyof RfmColumns; expected: string; found: string } | undefined {
  for (const column of ['recency', 'frequency', 'monetary'] as const) {
    const list = given[column];
    if (list === undefined) continue;
    const found = `[${list.join(', ')}]`;
    if (list.length !== scores - 1) {
      const boundaries = scores === 2 ? '1 boundary' : `${scores - 1} boundaries`;
      return { column, expected: `${boundaries} of ${column}, one fewer than scores`, found };
    }
    if (!list.every((value, i) => Number.isFinite(value) && (i === 0 || value > list[i - 1]!))) {
      return { column, expected: `boundaries of ${column} that increase`, found };
    }
  }
  return undefined;
}
