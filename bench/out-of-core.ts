import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { size } from '#kindred/benchmark/case.js';
import { Database } from '#kindred/data/index.js';
import { megabytes } from './apart.js';
import type { Comparison } from './comparison.js';
import { duration } from './table.js';

const features = 128;
const names = Array.from({ length: features }, (_, f) => `f${f}`);

interface Manifest {
  /** Of the whole process. */
  peakMemoryBytes: number;
  seconds: number;
  stages: { stage: string; seconds: number }[];
}

async function writeCustomers(file: string, customers: number): Promise<void> {
  const db = await Database.open({ memory: '1GB' });
  const columns = names.map((name, f) => `(random() + (i % ${(f % 16) + 2}))::FLOAT AS ${name}`);
  await db.run('SELECT setseed(0.5)');
  await db.run(
    `COPY (SELECT i AS id, ${columns} FROM range(${customers}) AS t(i)) TO '${file}' (FORMAT parquet)`,
  );
  await db.close();
}

/** Runs the command, and gives what it says of itself. */
function segmented(folder: string, limit: number): Promise<Manifest> {
  const cli = resolve(import.meta.dirname, '../../dist/cli.js');
  const told = ['customers.parquet', '--id', 'id', '--features', ...names, '--k', '8', '--starts', '1'];
  const run = ['--memory', `${limit}B`, '--device', 'native', '--out', 'out', '--quiet'];
  const child = spawn(process.execPath, [cli, 'segment', ...told, ...run], { cwd: folder });
  let stderr = '';
  child.stderr.on('data', data => {
    stderr += data;
  });
  return new Promise((done, failed) => {
    child.on('close', code =>
      code === 0
        ? done(JSON.parse(readFileSync(join(folder, 'out', 'manifest.json'), 'utf8')))
        : failed(new Error(stderr)),
    );
  });
}

/** `kindred segment` of a Parquet file whose features take four times the memory that the process may. */
export const outOfCore: Comparison = {
  name: 'out-of-core',
  async *run(bench) {
    // Less than that leaves no room for so many customers beside the process itself.
    const limit = (bench.quick ? 384 : 512) * 1e6;
    const customers = Math.ceil((4 * limit) / (4 * features));
    const folder = await mkdtemp(join(tmpdir(), 'kindred-'));
    try {
      await writeCustomers(join(folder, 'customers.parquet'), customers);
      const { stages, seconds, peakMemoryBytes } = await segmented(folder, limit);
      const secondsOf = (name: string) => duration(stages.find(({ stage }) => stage === name)?.seconds ?? 0);
      yield {
        work: `kindred segment: ${size(customers)} × ${features} from Parquet, k = 8, one start`,
        peer: '–',
        note: `${megabytes(4 * customers * features)} of features with a limit of ${megabytes(limit)}: the process took ${megabytes(peakMemoryBytes)} at most${peakMemoryBytes > limit ? ' ✗' : ''}; ${duration(seconds)} in all, ${secondsOf('features')} to read and encode, ${secondsOf('segments')} to find and describe the segments`,
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
