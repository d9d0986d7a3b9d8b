import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import colors from 'picocolors';

/** One column of a table: its heading, and where its cells stand. */
export interface Column {
  heading: string;
  align?: 'left' | 'right';
  /** Cells longer than this are wrapped at words; on a narrow terminal, earlier. */
  width?: number;
}

const between = '  ';
const narrowest = 24;
const usualTerminal = 120;

const lines = ['top', 'bottom', 'mid', 'left', 'right'].flatMap(line =>
  ['', '-mid', '-left', '-right'].map(part => [line + part, '']),
);
const bare = { ...Object.fromEntries(lines), middle: between };

function length(text: string): number {
  return Math.max(
    ...stripVTControlCharacters(text)
      .split('\n')
      .map(line => line.length),
  );
}

/** Widths of the columns; those that may wrap share what the terminal leaves them. */
function widths(columns: Column[], rows: string[][]): (number | null)[] {
  const natural = columns.map(({ heading, width }, i) => {
    const longest = Math.max(length(heading), ...rows.map(row => length(row[i])));
    return width === undefined ? longest : Math.min(longest, width);
  });
  const terminal = process.stdout.columns ?? usualTerminal;
  const total = natural.reduce((sum, width) => sum + width, between.length * (columns.length - 1));
  const wrapping = columns.filter(({ width }) => width !== undefined).length;
  const over = Math.max(0, total - terminal) / Math.max(1, wrapping);
  return columns.map(({ width }, i) =>
    width === undefined ? null : Math.max(Math.min(narrowest, natural[i]), Math.floor(natural[i] - over)),
  );
}

/** A table as text: bold headings, no lines, two blanks between columns. */
export function table(columns: Column[], rows: string[][]): string {
  const cells = new Table({
    head: columns.map(({ heading }) => colors.bold(heading)),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    colWidths: widths(columns, rows),
    wordWrap: true,
    chars: bare,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  });
  cells.push(...rows);
  return cells
    .toString()
    .split('\n')
    .map(line => line.trimEnd())
    .join('\n');
}
