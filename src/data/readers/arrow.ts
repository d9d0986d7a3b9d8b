import { createReadStream } from 'node:fs';
import { RecordBatchReader, Table } from 'apache-arrow';
import { DataError, KindredError } from '../../errors.js';
import { appendTable, createTable } from '../append-table.js';
import { fromArrow } from '../arrow-columns.js';
import type { ColumnTable } from '../column-table.js';
import type { Database } from '../database.js';
import type { InputFile } from '../files.js';

/** The error for an Arrow file that cannot be read. */
export function arrowProblem(file: string, cause: unknown): unknown {
  if (cause instanceof KindredError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  const compressed = message.includes('codec not found');
  return new DataError({
    expected: 'an Arrow IPC file (Feather 2)',
    found: compressed ? 'a compressed one' : `something else (${message.split('\n', 1)[0]})`,
    file,
    hint: compressed ? 'Write it uncompressed, or as Parquet.' : 'Check the file and its `format`.',
    cause,
  });
}

function requireSame(first: ColumnTable, other: ColumnTable, file: string): void {
  const text = ({ columns }: ColumnTable) => columns.map(({ name, type }) => `${name} (${type})`).join(', ');
  if (text(first) === text(other)) return;
  throw new DataError({
    expected: `the columns of the first file: ${text(first)}`,
    found: text(other),
    file,
    hint: 'Write the files with the same columns, or as Parquet, which is matched by name.',
  });
}

/** Reads Arrow IPC files batch by batch into a table; gives the name of the table for SQL. */
export async function readArrowFiles(db: Database, files: readonly InputFile[]): Promise<string> {
  const name = db.newTable('arrow');
  let table: string | undefined;
  let first: ColumnTable | undefined;
  for (const { path } of files) {
    try {
      const reader = await RecordBatchReader.from(createReadStream(path));
      for await (const batch of reader) {
        const columns = fromArrow(new Table([batch]), path);
        table ??= await createTable(db, name, columns);
        first ??= columns;
        requireSame(first, columns, path);
        await appendTable(db, name, columns);
      }
    } catch (error) {
      throw arrowProblem(path, error);
    }
  }
  if (table) return table;
  throw new DataError({ expected: 'rows', found: 'an Arrow file without any', file: files[0]?.path });
}
