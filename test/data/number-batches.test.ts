import { expect, it } from 'vitest';
import { Database } from '../../src/data/database.js';
import { type NumberBatch, numberBatches, spoolBatches } from '../../src/data/number-batches.js';

async function read(batches: AsyncIterable<NumberBatch>): Promise<{ rows: number; values: number[] }[]> {
  const found = [];
  for await (const { rows, values } of batches) found.push({ rows, values: [...values] });
  return found;
}

it('streams a Parquet file in batches, and again from where it was spooled to', async () => {
  const db = await Database.open({ memory: '256MB' });
  try {
    const file = `${db.scratchFolder()}/customers.parquet`;
    await db.run(
      `COPY (SELECT i AS a, CASE WHEN i = 3 THEN NULL ELSE i * 0.5 END AS b FROM range(5000) AS t(i)) TO '${file}' (FORMAT parquet)`,
    );
    const batches = () => numberBatches(db, `SELECT a, b FROM read_parquet('${file}') ORDER BY a`, 2, 1999);
    const direct = await read(batches());
    expect(direct.map(({ rows }) => rows)).toEqual([1999, 1999, 1002]);
    expect(direct[0].values.slice(0, 4)).toEqual([0, 1, 2, 3]);
    expect(direct[0].values.slice(1999, 2004)).toEqual([0, 0.5, 1, Number.NaN, 2]);
    expect(direct[2].values.at(-1)).toBe(2499.5);
    const spooled = await spoolBatches(db, batches());
    expect(await read(spooled())).toEqual(direct);
    expect(await read(spooled())).toEqual(direct);
  } finally {
    await db.close();
  }
});
