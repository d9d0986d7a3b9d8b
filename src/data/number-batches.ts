import { BatchFile } from './batch-file.js';
import { copyNumbers } from './chunk-reader.js';
import type { Database } from './database.js';

/** Numbers of some customers. */
export interface NumberBatch {
  /** `[columns, rows]`, one column after another. */
  values: Float32Array;
  rows: number;
}

/**
 * Streams the numbers that a query gives in batches of `rows`, missing values as NaN. What the query reads, such as a Parquet
 * file, need not fit into memory.
 *
 * @param columns how many the query gives, all of them numbers.
 */
export async function* numberBatches(
  db: Database,
  sql: string,
  columns: number,
  rows = 65_536,
): AsyncGenerator<NumberBatch> {
  const columnsOfBatch = Array.from({ length: columns }, () => new Float32Array(rows));
  let filled = 0;
  const batch = (): NumberBatch => {
    const values = new Float32Array(columns * filled);
    for (const [c, column] of columnsOfBatch.entries()) values.set(column.subarray(0, filled), c * filled);
    return { values, rows: filled };
  };
  for await (const chunk of db.stream(`SELECT CAST(COLUMNS(*) AS FLOAT) FROM (${sql})`)) {
    for (let from = 0; from < chunk.rowCount; ) {
      const to = Math.min(chunk.rowCount, from + rows - filled);
      for (const [c, column] of columnsOfBatch.entries()) copyNumbers(chunk, c, column, filled, { from, to });
      filled += to - from;
      from = to;
      if (filled < rows) continue;
      yield batch();
      filled = 0;
    }
  }
  if (filled > 0) yield batch();
}

/**
 * Writes batches to a file beside what the data engine spills, to be read as often as an algorithm needs them, and at the
 * speed of the disk. The file goes when the database is closed.
 *
 * @returns gives all batches each time that it is called; one is in memory at a time, and the next one overwrites it.
 */
export async function spoolBatches(
  db: Database,
  batches: AsyncIterable<NumberBatch>,
): Promise<() => AsyncGenerator<NumberBatch>> {
  let file: BatchFile | undefined;
  try {
    for await (const { values, rows } of batches) {
      file ??= new BatchFile(db.scratchFile('batches'), values.length / rows);
      await file.append(values, rows);
    }
  } finally {
    await file?.close();
  }
  return async function* () {
    if (file) yield* file.batches();
  };
}
