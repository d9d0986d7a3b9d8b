import { takeTurns } from '../turns.js';

/** How long something took, in seconds, over several runs. */
export interface Timing {
  median: number;
  least: number;
  most: number;
  runs: number;
}

export interface MeasureOptions {
  /** At least so many runs. Default: 5. */
  runs?: number;
  /** Go on until so many seconds are spent, so that short work is run often. Default: 0.3. */
  seconds?: number;
  signal?: AbortSignal;
}

const mostRuns = 1000;

export function timingOf(seconds: number[]): Timing {
  const sorted = seconds.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, least: sorted[0], most: sorted[sorted.length - 1], runs: sorted.length };
}

/** Times `run` after one run that is not counted: by the host's clock, unless `run` resolves to seconds of its own. */
export async function measure(
  run: () => Promise<number | undefined> | Promise<void>,
  { runs = 5, seconds = 0.3, signal }: MeasureOptions = {},
): Promise<Timing> {
  const turn = takeTurns(signal);
  await run();
  const timings: number[] = [];
  const end = performance.now() + 1000 * seconds;
  while (timings.length < runs || (performance.now() < end && timings.length < mostRuns)) {
    // What runs on the processor gives way to nothing else, not even to Ctrl-C.
    await turn();
    const start = performance.now();
    const own = await run();
    timings.push(own ?? (performance.now() - start) / 1000);
  }
  return timingOf(timings);
}
