import type { RunResult } from '../../nightly/run.js';
import { count, percent } from './quantities.js';
import { table } from './table.js';

/** How many of the scored customers are in each segment. */
export function scoreSummary({ found: { scores } }: RunResult): string {
  if (!scores) return 'No scores.';
  return table(
    [
      { heading: '', align: 'right' },
      { heading: 'segment' },
      { heading: 'customers', align: 'right' },
      { heading: 'share', align: 'right' },
    ],
    scores.segments.map(({ segment, name, size }) => [
      String(segment),
      name,
      count(size),
      percent(size / scores.rows),
    ]),
  );
}
