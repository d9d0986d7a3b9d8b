import type { SampleSummary } from '../../sample/write-sample.js';
import { count } from './quantities.js';
import { table } from './table.js';

/** The tables that were written, with their rows. */
export function sampleSummary({ files, rows }: SampleSummary): string {
  const counts = Object.entries(rows).map(([name, number]) => [name, count(number)]);
  return `${table([{ heading: 'table' }, { heading: 'rows', align: 'right' }], counts)}\n\nwritten: ${files.join(', ')}`;
}
