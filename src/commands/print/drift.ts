import colors from 'picocolors';
import type { DriftReport } from '../../nightly/segment-drift.js';
import { shortPath } from './closing.js';
import { count, counted, figure, percent } from './quantities.js';
import { table } from './table.js';

const mostFlows = 5;

/** `+120`, `−5`, `0` */
function signed(value: number): string {
  return value === 0 ? '0' : `${value > 0 ? '+' : '−'}${count(Math.abs(value))}`;
}

function segmentRows({ segments }: DriftReport): string {
  return table(
    [
      { heading: '', align: 'right' },
      { heading: 'continues', width: 40 },
      { heading: 'then', align: 'right' },
      { heading: 'now', align: 'right' },
      { heading: '', align: 'right' },
      { heading: 'stayed', align: 'right' },
      { heading: 'came', align: 'right' },
      { heading: 'left', align: 'right' },
      { heading: 'moved most in (means)', width: 34 },
    ],
    segments.map(({ segment, previous, size, stayed, joined, left, most }) => [
      String(segment),
      previous ? `${previous.segment} ${previous.name}` : 'none: a new segment',
      previous ? count(previous.size) : '',
      count(size),
      previous ? signed(size - previous.size) : '',
      count(stayed),
      count(joined),
      count(left),
      most && figure(most.before) !== figure(most.now)
        ? `${most.feature} ${figure(most.before)} → ${figure(most.now)}`
        : '',
    ]),
  );
}

function migrationText({ migration, segments, previous }: DriftReport): string {
  const { known, changed, joined, gone, flows } = migration;
  if (known === 0) return 'None of the customers was there before: segments were matched by where they lie.';
  const moved = `${counted(changed, 'customer')} of ${count(known)} changed segment (${percent(changed / known)}); ${count(joined)} are new, ${count(gone)} are gone.`;
  if (flows.length === 0) return moved;
  // Under the number that a segment has now, as far as it goes on.
  const numberOf = (from: number) => {
    const continued = segments.find(segment => segment.previous?.segment === from);
    return from < 0 ? 'no segment' : continued ? `${continued.segment}` : `the former ${from}`;
  };
  const shown = flows
    .slice(0, mostFlows)
    .map(
      ({ from, to, customers }) =>
        `${count(customers)} from ${numberOf(from)} to ${to < 0 ? 'no segment' : to}`,
    );
  const rest = flows.slice(mostFlows).reduce((sum, { customers }) => sum + customers, 0);
  const more = rest > 0 ? `, ${count(rest)} in other ways` : '';
  return `${moved}\n${shown.join(', ')}${more} (of ${counted(previous.k, 'segment')}).`;
}

/** Whether the customers are those of before, in the same segments. */
function isAsBefore({ migration, features, vanished, notCompared, segments }: DriftReport): boolean {
  const { known, changed, joined, gone } = migration;
  return (
    known > 0 &&
    changed + joined + gone + vanished.length + notCompared.length === 0 &&
    segments.every(({ previous }) => previous !== null) &&
    features.every(({ psi }) => psi === 0)
  );
}

/** What has become of the segments since the night before. */
export function driftText(report: DriftReport): string {
  const { previous, features, notCompared, vanished, warnings } = report;
  if (isAsBefore(report)) return `Nothing has changed since ${shortPath(previous.folder)} was written.`;
  const stable = features.map(({ feature, psi }) => `${feature} ${psi.toFixed(2)}`).join(', ');
  return [
    `Compared with ${shortPath(previous.folder)}`,
    segmentRows(report),
    [
      migrationText(report),
      ...vanished.map(
        ({ segment, name, size }) => `No longer there: ${segment} ${name}, ${counted(size, 'customer')}.`,
      ),
      ...(stable ? [`Stability index of the features (0 is no change): ${stable}.`] : []),
      ...(notCompared.length > 0
        ? [`Not compared, as only one of the two has them: ${notCompared.join(', ')}.`]
        : []),
      ...warnings.map(warning => colors.yellow(`Warning: ${warning}`)),
    ].join('\n'),
  ].join('\n');
}
