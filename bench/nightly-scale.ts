import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/*
 * One night of a big shop from Parquet, with what it took: node bench/build/nightly-scale.js [--folder FOLDER]. Half a gigabyte
 * of data is made first, unless the folder has it. Not one of the comparisons, since no peer does the same.
 */

interface Manifest {
  seconds: number;
  rows: number;
  peakMemoryBytes: number;
  stages: { stage: string; rows: number; seconds: number }[];
  outputs: { bytes: number }[];
}

const { values } = parseArgs({
  options: {
    customers: { type: 'string', default: '1000000' },
    items: { type: 'string', default: '50000' },
    'rows-per-customer': { type: 'string', default: '21' },
    folder: { type: 'string' },
  },
});
const cli = resolve(import.meta.dirname, '../../dist/cli.js');
const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'kindred-scale-'));

function kindred(...args: string[]): void {
  const { status } = spawnSync(process.execPath, [cli, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`kindred ${args[0]} ended with ${status}`);
}

try {
  if (!existsSync(join(folder, 'kindred.yaml'))) {
    const sizes = (['customers', 'items', 'rows-per-customer'] as const).flatMap(key => [
      `--${key}`,
      values[key],
    ]);
    kindred('sample', folder, ...sizes, '--format', 'parquet');
  }
  const out = join(folder, 'out');
  kindred('nightly', join(folder, 'kindred.yaml'), '--out', out, '--format', 'parquet');
  const manifest: Manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'));
  const { stages, seconds, rows, peakMemoryBytes, outputs } = manifest;
  console.log('| stage | rows | seconds | k rows/s |\n|---|---|---|---|');
  for (const stage of [...stages, { stage: 'all', rows, seconds }]) {
    const rate = stage.rows / stage.seconds / 1000;
    console.log(
      `| ${stage.stage} | ${stage.rows.toLocaleString('en-US')} | ${stage.seconds.toFixed(1)} | ${rate.toFixed(1)} |`,
    );
  }
  const bytes = outputs.reduce((sum, output) => sum + output.bytes, 0);
  console.log(
    `\npeak memory ${(peakMemoryBytes / 2 ** 30).toFixed(2)} GiB, ${(bytes / 2 ** 20).toFixed(0)} MiB written`,
  );
} finally {
  if (values.folder === undefined) rmSync(folder, { recursive: true, force: true });
}
