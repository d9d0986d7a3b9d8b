import { expect, it } from 'vitest';
import { csrBatches, readCsr, sortedEntries } from '../../src/data/csr-reader.js';
import { Database } from '../../src/data/index.js';

it('sorts entries some rows at a time where all would not fit, with the same result', async () => {
  const [rows, columns, entries] = [5000, 97, 2_000_000];
  const found = async <T>(memory: string, read: (sorted: ReturnType<typeof sortedEntries>) => Promise<T>) => {
    const db = await Database.open({ memory, threads: 1 });
    try {
      // No entries in the last rows, nor in some of the middle.
      await db.run(
        `CREATE TABLE coded AS SELECT DISTINCT CAST((i * 7919) % 4900 // 3 * 3 AS INTEGER) AS r, CAST((i * 31) % 97 AS INTEGER) AS c,
           CAST(1 AS FLOAT) AS weight FROM range(${entries}) AS t(i)`,
      );
      return await read(sortedEntries(db, 'coded', { rows, entries }));
    } finally {
      await db.close();
    }
  };
  const counted = await found('1GB', async sorted => {
    let count = 0;
    for await (const chunk of sorted) count += chunk.rowCount;
    return count;
  });
  const whole = await found('1GB', sorted => readCsr(sorted, [rows, columns, counted]));
  const parts = await found('32MB', async sorted => {
    const indices: number[] = [];
    const lengths: number[] = [];
    for await (const batch of csrBatches(sorted, [rows, columns], 1024)) {
      for (let row = 0; row < batch.rows; row++) lengths.push(batch.indptr[row + 1]! - batch.indptr[row]!);
      for (const index of batch.indices) indices.push(index);
    }
    return { indices, lengths };
  });
  expect(parts.lengths).toEqual(
    Array.from({ length: rows }, (_, row) => whole.indptr[row + 1]! - whole.indptr[row]!),
  );
  expect(parts.indices).toEqual(Array.from(whole.indices));
  expect(parts.indices.length).toBe(counted);
  expect(counted).toBeGreaterThan(rows);
});
