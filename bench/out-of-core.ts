import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { size } from '#kindred/benchmark/case.js';
import { Database } from '#kindred/data/index.js';
import type { Comparison } from './comparison.js';
import { duration } from './table.js';

const features = 16;

interface Fitted {
  spooling: number;
  fitting: number;
  iterations: number;
  /** Of the whole process. */
  peakBytes: number;
}

async function writeCustomers(file: string, customers: number): Promise<void> {
  const db = await Database.open({ memory: '1GB' });
  const columns = Array.from({ length: features }, (_, f) => `(random() + (i % ${f + 2}))::FLOAT AS f${f}`);
  await db.run('SELECT setseed(0.5)');
  await db.run(`COPY (SELECT ${columns} FROM range(${customers}) AS t(i)) TO '${file}' (FORMAT parquet)`);
  await db.close();
}

/** Fits in a process of its own, so that what it takes at most is its own. */
function fitApart(file: string, limit: number): Promise<Fitted> {
  const program = fileURLToPath(new URL('./out-of-core-fit.js', import.meta.url));
  const child = spawn(process.execPath, [program, file, String(features), String(limit)]);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', data => {
    stdout += data;
  });
  child.stderr.on('data', data => {
    stderr += data;
  });
  return new Promise((done, failed) => {
    child.on('close', code => (code === 0 ? done(JSON.parse(stdout)) : failed(new Error(stderr))));
  });
}

/** k-means of a Parquet file whose features take four times the memory that the process may. */
export const outOfCore: Comparison = {
  name: 'out-of-core',
  async *run(bench) {
    const limit = (bench.quick ? 256 : 512) * 2 ** 20;
    const customers = (4 * limit) / (4 * features);
    const folder = await mkdtemp(join(tmpdir(), 'kindred-'));
    try {
      const file = join(folder, 'customers.parquet');
      await writeCustomers(file, customers);
      const { spooling, fitting, iterations, peakBytes } = await fitApart(file, limit);
      const megabytes = (bytes: number) => `${Math.round(bytes / 2 ** 20).toLocaleString('en')} MiB`;
      yield {
        work: `k-means from Parquet: ${size(customers)} × ${features}, k = 8, one start`,
        peer: '–',
        note: `${megabytes(4 * customers * features)} of features with a limit of ${megabytes(limit)}: the process took ${megabytes(peakBytes)} at most${peakBytes > limit ? ' ✗' : ''}; ${duration(spooling)} to read and encode, ${duration(fitting)} for ${iterations} iterations`,
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
