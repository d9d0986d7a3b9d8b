import colors from 'picocolors';
import type { Progress } from '../../nightly/progress.js';
import { count, counted, duration, rate } from './quantities.js';

/** What takes an unfinished line off a terminal. */
export const clearLine = '\r\u001b[K';
const redrawMilliseconds = 100;
const logMilliseconds = 10_000;

/** A finished stage as one line. */
function finished(stage: string, rows: number, seconds: number): string {
  return [
    stage.padEnd(16),
    counted(rows, 'row').padStart(16),
    duration(seconds).padStart(12),
    rate(rows, seconds).padStart(18),
  ]
    .join('')
    .trimEnd();
}

function underWay(
  stage: string,
  done: number,
  total: number | undefined,
  unit: string,
  seconds: number,
): string {
  const share = total ? ` ${Math.floor((100 * done) / total)} %` : '';
  const left =
    total && done > 0 && seconds > 2 ? `, ${duration((seconds * (total - done)) / done)} left` : '';
  const speed = rate(done, seconds, unit);
  return `${stage.padEnd(16)}${share} ${count(done)}${total ? ` of ${count(total)}` : ''} ${unit}${speed && `, ${speed}`}${left}`;
}

/**
 * Progress on a terminal as one line that is redrawn, with rate and time left; in a log as plain lines:
 * one at the end of each stage and one every ten seconds of a long one.
 */
export function terminalProgress(stream: NodeJS.WriteStream): Progress {
  const live = stream.isTTY === true;
  let current = '';
  let began = 0;
  let drawn = 0;
  /** What is being counted, since when, and when it was last told of. */
  let counting = { unit: '', since: 0, last: 0 };
  return {
    begin(stage) {
      current = stage;
      began = performance.now();
      drawn = began;
      counting = { unit: '', since: began, last: began };
      if (live) stream.write(`${clearLine}${colors.dim(stage)}`);
    },
    resume(stage, rows) {
      const line = `${stage.padEnd(16)}${counted(rows, 'row').padStart(16)}  done by the run before, which was killed`;
      stream.write(`${live ? clearLine : ''}${line}\n`);
    },
    update(done, total, unit) {
      const now = performance.now();
      // A stage may go over several things: each has its own speed.
      if (unit !== counting.unit) counting = { unit, since: counting.last, last: now };
      counting.last = now;
      if (now - drawn < (live ? redrawMilliseconds : logMilliseconds)) return;
      drawn = now;
      const line = underWay(current, done, total, unit, (now - counting.since) / 1000);
      stream.write(live ? clearLine + colors.dim(line.slice(0, (stream.columns ?? 80) - 1)) : `${line}\n`);
    },
    end(stage, rows, seconds) {
      stream.write(`${live ? clearLine : ''}${finished(stage, rows, seconds)}\n`);
    },
  };
}
