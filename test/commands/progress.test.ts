import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { terminalProgress } from '../../src/commands/print/progress.js';

/** Lines of a log, and the clock that they are written by. */
function log() {
  const lines: string[] = [];
  const stream = { isTTY: false, write: (text: string) => lines.push(text.trimEnd()) };
  return { lines, progress: terminalProgress(stream as unknown as NodeJS.WriteStream) };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

it('tells the speed of what is counted now, and of what this run has done', () => {
  const { lines, progress } = log();
  progress.begin('recommendations');
  // A minute's reading, then the first of a fit: nothing can be said of its speed yet.
  vi.advanceTimersByTime(60_000);
  progress.update(1, 15, 'iterations');
  vi.advanceTimersByTime(20_000);
  progress.update(3, 15, 'iterations');
  // A second fit begins again.
  vi.advanceTimersByTime(20_000);
  progress.update(1, 15, 'iterations');
  vi.advanceTimersByTime(10_000);
  progress.update(2, 15, 'iterations');
  // Nine tenths were recommended by a run that was killed.
  vi.advanceTimersByTime(1000);
  progress.update(900_000, 1_000_000, 'customers');
  vi.advanceTimersByTime(10_000);
  progress.update(920_000, 1_000_000, 'customers');
  progress.end('recommendations', 1_000_000, 121);
  expect(lines.map(line => line.replace(/ +/g, ' '))).toEqual([
    'recommendations 6 % 1 of 15 iterations',
    'recommendations 20 % 3 of 15 iterations, 0.1 iterations/s, 2 min 0 s left',
    'recommendations 6 % 1 of 15 iterations',
    'recommendations 13 % 2 of 15 iterations, 0.1 iterations/s, 2 min 10 s left',
    'recommendations 92 % 920,000 of 1,000,000 customers, 2,000 customers/s, 40.0 s left',
    'recommendations 1,000,000 rows 2 min 1 s 8,264 rows/s',
  ]);
});
