import colors from 'picocolors';
import type { Progress } from '../../nightly/progress.js';
import { count, counted, duration, rate } from './quantities.js';

/** What takes an unfinished line off a terminal. */
export const clearLine = '\r\u001b[K';
const redrawMilliseconds = 100;
const logMilliseconds = 10_000;
/** Characters that the name of a stage has, the longest being scoreRecommendations. */
const stageWidth = 20;

/** A finished stage as one line. */
function finished(stage: string, rows: number, seconds: number): string {
  return [
    stage.padEnd(stageWidth),
    counted(rows, 'row').padStart(16),
    duration(seconds).padStart(12),
    rate(rows, seconds).padStart(18),
  ]
    .join('')
    .trimEnd();
}

/** Seconds and things that were watched from which speed and time left are told: of less they would be chance. */
interface Watched {
  done: number;
  seconds: number;
}

function underWay(
  stage: string,
  done: number,
  total: number | undefined,
  unit: string,
  watched: Watched,
): string {
  const share = total ? ` ${Math.floor((100 * done) / total)} %` : '';
  const isTold = watched.done > 0 && watched.seconds > 2;
  const left = total && isTold ? `, ${duration((watched.seconds * (total - done)) / watched.done)} left` : '';
  const speed = isTold ? rate(watched.done, watched.seconds, unit) : '';
  return `${stage.padEnd(stageWidth)}${share} ${count(done)}${total ? ` of ${count(total)}` : ''} ${unit}${speed && `, ${speed}`}${left}`;
}

/**
 * Progress on a terminal as one line that is redrawn, with rate and time left; in a log as plain lines:
 * one at the end of each stage and one every ten seconds of a long one.
 */
export function terminalProgress(stream: NodeJS.WriteStream): Progress {
  const live = stream.isTTY === true;
  let current = '';
  let drawn = 0;
  /** What is being counted, from what on and since when, and how far it has come. */
  let counting = { unit: '', from: 0, since: 0, done: 0 };
  return {
    begin(stage) {
      current = stage;
      drawn = performance.now();
      counting = { unit: '', from: 0, since: drawn, done: 0 };
      if (live) stream.write(`${clearLine}${colors.dim(stage)}`);
    },
    resume(stage, rows) {
      const line = `${stage.padEnd(stageWidth)}${counted(rows, 'row').padStart(16)}  done by the run before, which was killed`;
      stream.write(`${live ? clearLine : ''}${line}\n`);
    },
    update(done, total, unit) {
      const now = performance.now();
      // A stage may go over several things, each at its own speed, and over the like of them twice. The first that is told of
      // one may have been done by an earlier run, and what took the time before it may have been something else.
      if (unit !== counting.unit || done < counting.done) counting = { unit, from: done, since: now, done };
      counting.done = done;
      if (now - drawn < (live ? redrawMilliseconds : logMilliseconds)) return;
      drawn = now;
      const watched = { done: done - counting.from, seconds: (now - counting.since) / 1000 };
      const line = underWay(current, done, total, unit, watched);
      stream.write(live ? clearLine + colors.dim(line.slice(0, (stream.columns ?? 80) - 1)) : `${line}\n`);
    },
    end(stage, rows, seconds) {
      stream.write(`${live ? clearLine : ''}${finished(stage, rows, seconds)}\n`);
    },
  };
}
