import { writeFile } from 'node:fs/promises';
import { appendTable, createTable } from './append-table.js';
import { copyOptions } from './copy-options.js';
import { Database } from './database.js';
import { rowsOfGroup } from './row-groups.js';
import type { Sink } from './sink.js';
import { literal } from './sql.js';

/** Bytes that a table takes before it spills to disk. */
const mostMemory = 1e9;

/** Collects batches in a DuckDB table and copies it to a Parquet or CSV file when it is closed. */
export async function databaseSink(
  path: string,
  format: keyof typeof copyOptions,
  memory = mostMemory,
): Promise<Sink> {
  // So that a folder that cannot be written is noticed before any work is done.
  await writeFile(path, '');
  const db = await Database.open({ memory: Math.min(memory, mostMemory) });
  let table: string | undefined;
  let options = copyOptions[format];
  return {
    async write(batch) {
      table ??= await createTable(db, 'output', batch);
      if (format === 'parquet')
        options = `${copyOptions.parquet}, ROW_GROUP_SIZE ${rowsOfGroup(batch.columns.length, db.memory)}`;
      await appendTable(db, 'output', batch);
    },
    async close() {
      if (!table) throw new Error('a table without columns cannot be written');
      await db.run(`COPY ${table} TO ${literal(path)} (${options})`);
      await db.close();
    },
    async discard() {
      await db.close();
    },
  };
}
