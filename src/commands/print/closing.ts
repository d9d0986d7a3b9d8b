import { dirname, relative } from 'node:path';
import colors from 'picocolors';
import type { DeviceFacts } from '../../device/index.js';
import type { RunResult } from '../../nightly/run.js';
import { bytes, counted, duration, rate } from './quantities.js';

/** `native (Some processor, 8 threads, AVX-512)` */
function deviceText({ name, hardware, threads, simd }: DeviceFacts): string {
  const facts = [hardware, threads === undefined ? '' : counted(threads, 'thread'), simd ?? ''];
  return `${name} (${facts.filter(Boolean).join(', ')})`;
}

/** The way to a path that is shorter to read. */
export function shortPath(path: string): string {
  const way = relative(process.cwd(), path);
  return way.startsWith('..') ? path : way || '.';
}

/** Rows that count for nobody or lie in the future, where no table of quality is printed that tells of them. */
export function leftOut({ found: { quality } }: RunResult): string[] {
  return quality
    .filter(({ rule }) => rule === 'ids' || rule === 'times')
    .map(({ source, rowsDropped, reason }) => {
      const rows = rowsDropped > 0 ? ` (${counted(rowsDropped, 'row')})` : '';
      return `${source}: ${reason}${rows}`;
    });
}

/** What a run did: rows, seconds, rows/s, device, peak memory, files written. */
export function closing({ manifest, files }: RunResult): string {
  const { rows, seconds, device, peakMemoryBytes } = manifest;
  const did = [
    `${counted(rows, 'row')} in ${duration(seconds)}`,
    rate(rows, seconds),
    device ? `on ${deviceText(device)}` : '',
    `peak memory ${bytes(peakMemoryBytes)}`,
  ];
  const lines = [did.filter(Boolean).join(', ')];
  // The manifest is written last and stands at the top of the output folder.
  const manifestFile = files.at(-1);
  if (manifestFile) {
    const folder = dirname(manifestFile);
    lines.push(`written to ${shortPath(folder)}: ${files.map(file => relative(folder, file)).join(', ')}`);
  }
  return colors.dim(lines.join('\n'));
}
