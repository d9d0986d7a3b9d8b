/** A result that differs from the peer's: nothing is timed then. */
export class Disagreement extends Error {}

/** @throws Disagreement unless both are the same but for this relative difference. */
export function expectClose(what: string, ours: number, theirs: number, tolerance: number): void {
  if (Math.abs(ours - theirs) <= tolerance * Math.abs(theirs)) return;
  throw new Disagreement(`${what}: ours ${ours}, theirs ${theirs}`);
}

/** @throws Disagreement where a value differs by more, or where there are not as many. */
export function expectAllClose(
  what: string,
  ours: ArrayLike<number>,
  theirs: ArrayLike<number>,
  tolerance: number,
): void {
  if (ours.length !== theirs.length)
    throw new Disagreement(`${what}: ours ${ours.length} values, theirs ${theirs.length}`);
  for (let i = 0; i < ours.length; i++) {
    // Equal infinities mark places that stay empty.
    if (ours[i] === theirs[i] || Math.abs(ours[i] - theirs[i]) <= tolerance) continue;
    throw new Disagreement(`${what} ${i}: ours ${ours[i]}, theirs ${theirs[i]}`);
  }
}

/** @throws Disagreement where more than this share of the values differ: near ties fall either way. */
export function expectSame(
  what: string,
  ours: ArrayLike<number>,
  theirs: ArrayLike<number>,
  tolerance: number,
): void {
  let different = Math.abs(ours.length - theirs.length);
  for (let i = 0; i < ours.length; i++) if (ours[i] !== theirs[i]) different++;
  if (different <= tolerance * theirs.length) return;
  throw new Disagreement(`${what}: ${different} of ${theirs.length} differ`);
}

/** Indices and scores, `topK` of each query side by side, best first. */
export interface Ranking {
  indices: ArrayLike<number>;
  scores: ArrayLike<number>;
}

/**
 * @throws Disagreement where a score differs by more than the tolerance, or another item has it although no
 *   other score of that query is as near as that: of ties, each may choose its own.
 */
export function expectSameRanking(ours: Ranking, theirs: Ranking, topK: number, tolerance: number): void {
  expectAllClose('score', ours.scores, theirs.scores, tolerance);
  const { scores } = ours;
  for (let p = 0; p < scores.length; p++) {
    const place = p % topK;
    const tiedBefore = place > 0 && scores[p - 1] - scores[p] <= 2 * tolerance;
    // What comes after the last place is not known.
    const tiedAfter = place === topK - 1 || scores[p] - scores[p + 1] <= 2 * tolerance;
    if (ours.indices[p] === theirs.indices[p] || tiedBefore || tiedAfter) continue;
    if (scores[p] === Number.NEGATIVE_INFINITY) continue;
    const query = Math.floor(p / topK);
    throw new Disagreement(
      `rank ${place + 1} of query ${query}: ours ${ours.indices[p]}, theirs ${theirs.indices[p]}`,
    );
  }
}
