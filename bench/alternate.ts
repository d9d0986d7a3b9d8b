import { type Timing, timingOf } from '#kindred/benchmark/measure.js';
import { rest } from './rest.js';

/** How long ours and a peer took, and how many times as long the peer took. */
export interface Ratio {
  ours: Timing;
  theirs: Timing;
  /** Median, least and most of the rounds' own ratios. */
  times: Timing;
}

/** Seconds that one run took, by its own clock. */
export type TimedRun = (round: number) => Promise<number>;

/**
 * Lets ours and a peer take turns, so that whatever else the machine does meets both, and divides round by
 * round.
 *
 * @param warm whether both have run before; else they do so once, uncounted.
 */
export async function alternate(
  ours: TimedRun,
  theirs: TimedRun,
  rounds: number,
  { warm = false } = {},
): Promise<Ratio> {
  const seconds: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
  for (let round = warm ? 0 : -1; round < rounds; round++) {
    await rest();
    const their = await theirs(Math.max(0, round));
    await rest();
    const our = await ours(Math.max(0, round));
    if (round < 0) continue;
    seconds.theirs.push(their);
    seconds.ours.push(our);
  }
  return {
    ours: timingOf(seconds.ours),
    theirs: timingOf(seconds.theirs),
    times: timingOf(seconds.theirs.map((their, round) => their / seconds.ours[round])),
  };
}

/** Seconds that the work took. */
export async function clock(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
