import * as os from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

/** Threads of the side that ran last may spin for a moment after their work. */
const spinMilliseconds = 50;

/** How long the processors are watched before each run. */
const watchMilliseconds = 100;

/** Share of the processors' time from which on the machine counts as busy with something else. */
const quietBelow = 0.15;

const patienceMilliseconds = 1_000;

const shares: number[] = [];

function processorTimes(): { busy: number; all: number } {
  let [busy, all] = [0, 0];
  for (const { times } of os.cpus()) {
    const total = times.user + times.nice + times.sys + times.idle + times.irq;
    busy += total - times.idle;
    all += total;
  }
  return { busy, all };
}

/** Waits for a moment in which nothing else runs on this machine, but not for long. */
export async function rest(): Promise<void> {
  await pause(spinMilliseconds);
  const end = performance.now() + patienceMilliseconds;
  for (;;) {
    const before = processorTimes();
    await pause(watchMilliseconds);
    const after = processorTimes();
    const share = (after.busy - before.busy) / Math.max(1, after.all - before.all);
    if (share >= quietBelow && performance.now() < end) continue;
    shares.push(share);
    return;
  }
}

/** Mean share of the processors that something else took before the runs so far. */
export function busyShare(): number {
  const sum = shares.reduce((total, share) => total + share, 0);
  return sum / Math.max(1, shares.length);
}
