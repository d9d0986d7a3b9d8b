import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { size } from '#kindred/benchmark/case.js';
import { Database } from '#kindred/data/index.js';
import { apart, megabytes } from './apart.js';
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
      const { spooling, fitting, iterations, peakBytes } = await apart<Fitted>('./out-of-core-fit.js', [
        file,
        String(features),
        String(limit),
      ]);
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
