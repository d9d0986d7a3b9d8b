import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from './database.js';
import type { FeatureMatrix } from './feature-matrix.js';

/** Encoded customers of one batch, `[columns, rows]`. */
export interface SpooledBatch {
  /** Overwritten by the next batch. */
  values: Float32Array;
  rows: number;
}

async function* readBack(
  file: string,
  columns: number,
  rows: readonly number[],
): AsyncGenerator<SpooledBatch> {
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
    if (bytesRead === 0) throw new Error('the file of features is shorter than it was');
    read += bytesRead;
  }
}

/**
 * Writes encoded customers to a file beside what the data engine spills, to be read as often as an algorithm needs
 * them, and at the speed of the disk. The file goes when the database is closed.
 *
 * @returns gives all batches each time that it is called; one at a time is in memory.
 */
export async function spoolFeatures(
  db: Database,
  batches: AsyncIterable<FeatureMatrix>,
): Promise<() => AsyncGenerator<SpooledBatch>> {
  const file = join(db.scratchFolder(), db.newTable('features'));
  const handle = await open(file, 'w');
  const rows: number[] = [];
  let columns = 0;
  try {
    for await (const { values, rows: count, columns: width } of batches) {
      await handle.writeFile(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
      rows.push(count);
      columns = width;
    }
  } finally {
    await handle.close();
  }
  return () => readBack(file, columns, rows);
}
