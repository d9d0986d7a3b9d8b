import type { DeviceLimits } from '#kindred/benchmark/limits.js';
import type { Row } from './comparison.js';
import { floorOf } from './floor.js';

const threeDigits = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });

/** `12.3 ms`, `1.23 s` */
export function duration(seconds: number): string {
  if (seconds < 1e-3) return `${threeDigits.format(1e6 * seconds)} µs`;
  return seconds < 1 ? `${threeDigits.format(1e3 * seconds)} ms` : `${threeDigits.format(seconds)} s`;
}

export function times(ratio: number): string {
  return `${threeDigits.format(ratio)}×`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

const headings = [
  'work',
  'peer',
  'peer takes',
  'Kindred takes',
  'ratio',
  'range',
  'wanted',
  'of the floor',
  '',
];

function cells({ work, peer, ratio, note, wanted, least }: Row, limits?: DeviceLimits): string[] {
  const measured = ratio
    ? [
        duration(ratio.theirs.median),
        duration(ratio.ours.median),
        `**${times(ratio.times.median)}**`,
        `${times(ratio.times.least)} – ${times(ratio.times.most)}`,
      ]
    : ['–', '–', '–', '–'];
  const reached = !ratio || wanted === undefined || ratio.times.median >= wanted;
  return [
    work,
    peer,
    ...measured,
    wanted === undefined ? '' : `${times(wanted)}${reached ? '' : ' ✗'}`,
    least && ratio && limits ? percent(floorOf(least, limits) / ratio.ours.median) : '',
    note ?? '',
  ];
}

/** One line for the terminal. */
export function line(row: Row, limits?: DeviceLimits): string {
  const [work, peer, theirs, ours, ratio, range, wanted, share, note] = cells(row, limits).map(cell =>
    cell.replaceAll('**', ''),
  );
  const columns = [work.padEnd(44), peer.padEnd(21), theirs.padStart(8), ours.padStart(8), ratio.padStart(7)];
  return [...columns, range.padStart(16), wanted.padStart(6), share.padStart(5), note].join('  ').trimEnd();
}

/** A table in Markdown, without the columns that say nothing. */
export function markdown(rows: Row[], limits?: DeviceLimits): string {
  const all = rows.map(row => cells(row, limits));
  const used = headings.map((_, column) => all.some(row => row[column] !== ''));
  const text = (row: string[]) => `| ${row.filter((_, column) => used[column]).join(' | ')} |`;
  const ruler = headings.map((_, column) => (column < 2 || column === 8 ? '---' : '---:'));
  return [text(headings), text(ruler), ...all.map(text)].join('\n');
}
