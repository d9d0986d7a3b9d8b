import { optimalAssignment } from './optimal-assignment.js';

/** How alike new segments and previous ones are. */
export interface Likeness {
  /** `[k, previousK]` row by row, customers that are in the new segment and were in the previous one. */
  shared?: ArrayLike<number>;
  /** `[k, previousK]` row by row, distance of their centroids; decides where no customers are shared. */
  distances?: ArrayLike<number>;
}

/**
 * Which previous segment each new one continues, so that as many customers as possible keep their segment; without
 * shared customers, so that the centroids are as near as possible.
 *
 * @returns `[k]`, the previous segment, or -1 for a segment that continues none.
 */
export function matchSegments(k: number, previousK: number, { shared, distances }: Likeness): Int32Array {
  if (k === 0 || previousK === 0) return new Int32Array(k).fill(-1);
  let most = 0;
  for (let i = 0; shared && i < shared.length; i++) most = Math.max(most, shared[i]);
  if (shared && most > 0) {
    const matched = optimalAssignment(
      k,
      previousK,
      (segment, previous) => -shared[segment * previousK + previous],
    );
    // Two segments without a common customer have nothing to do with each other.
    return matched.map((previous, segment) =>
      previous >= 0 && shared[segment * previousK + previous] > 0 ? previous : -1,
    );
  }
  if (!distances) return new Int32Array(k).fill(-1);
  return optimalAssignment(k, previousK, (segment, previous) => distances[segment * previousK + previous]);
}

/**
 * Numbers that let segments keep those of the previous ones that they continue, 0 … k - 1; the others get what is
 * left, in order. A previous number beyond k - 1 can not be kept.
 *
 * @param matched as {@link matchSegments} gives.
 * @returns `[k]`, the number of each segment.
 */
export function stableNumbers(matched: ArrayLike<number>): Int32Array {
  const k = matched.length;
  const numbers = new Int32Array(k).fill(-1);
  const taken = new Uint8Array(k);
  for (let segment = 0; segment < k; segment++) {
    if (matched[segment] < 0 || matched[segment] >= k) continue;
    numbers[segment] = matched[segment];
    taken[matched[segment]] = 1;
  }
  let free = 0;
  for (let segment = 0; segment < k; segment++) {
    if (numbers[segment] >= 0) continue;
    while (taken[free]) free++;
    numbers[segment] = free++;
  }
  return numbers;
}
