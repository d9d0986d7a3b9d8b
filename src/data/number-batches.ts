import { BatchFile } from './batch-file.js';
import { filledColumns } from './chunk-reader.js';
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
  const filled = Array.from({ length: columns }, () => new Float32Array(rows));
  const numbers = `SELECT CAST(COLUMNS(*) AS FLOAT) FROM (${sql})`;
  for await (const some of filledColumns(db, numbers, filled)) {
    const values = new Float32Array(columns * some);
    for (const [c, column] of filled.entries()) values.set(column.subarray(0, some), c * some);
    yield { values, rows: some };
  }
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
