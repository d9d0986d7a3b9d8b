import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
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

async function* readBack(
  file: string,
  columns: number,
  rows: readonly number[],
): AsyncGenerator<NumberBatch> {
  const handle = await open(file);
  const buffer = new Float32Array(columns * Math.max(...rows));
  try {
    for (const count of rows) {
      const values = buffer.subarray(0, columns * count);
      await readAll(handle, Buffer.from(values.buffer, 0, values.byteLength));
      yield { values, rows: count };
    }
  } finally {
    await handle.close();
  }
}

async function readAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let read = 0; read < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, read, bytes.length - read);
    if (bytesRead === 0) throw new Error('the file of batches is shorter than it was');
    read += bytesRead;
  }
}

/**
 * Writes batches, such as those of an encoder's `transformBatches`, to a file beside what the data engine spills, to be read as often as an algorithm
 * needs them, and at the speed of the disk. The file goes when the database is closed.
 *
 * @returns gives all batches each time that it is called; one is in memory at a time, and the next one overwrites it.
 */
export async function spoolBatches(
  db: Database,
  batches: AsyncIterable<NumberBatch>,
): Promise<() => AsyncGenerator<NumberBatch>> {
  const file = join(db.scratchFolder(), db.newTable('batches'));
  const handle = await open(file, 'w');
  const rows: number[] = [];
  let columns = 0;
  try {
    for await (const { values, rows: count } of batches) {
      await handle.writeFile(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
      rows.push(count);
      columns = values.length / count;
    }
  } finally {
    await handle.close();
  }
  return () => readBack(file, columns, rows);
}
