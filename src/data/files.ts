import { stat } from 'node:fs/promises';
import { extname, isAbsolute, join } from 'node:path';
import { DataError, UsageError } from '../errors.js';
import type { Database } from './database.js';
import type { SourceFormat } from './source.js';
import { literal } from './sql.js';

const extensions: Record<string, SourceFormat> = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.txt': 'csv',
  '.parquet': 'parquet',
  '.json': 'json',
  '.ndjson': 'json',
  '.jsonl': 'json',
  '.arrow': 'arrow',
  '.feather': 'arrow',
  '.ipc': 'arrow',
  '.arrows': 'arrow',
  '.duckdb': 'duckdb',
};

/** The format that a file's extension tells; `.gz` after it is passed over. */
export function formatOf(path: string): SourceFormat {
  const server = /^(sqlite|postgres|mysql):/.exec(path);
  if (server) return server[1] as SourceFormat;
  const format = extensions[extname(path.replace(/\.gz$/i, '')).toLowerCase()];
  if (format) return format;
  throw new UsageError({
    expected: `a file that ends in ${Object.keys(extensions).join(' ')} or .gz after it`,
    found: `"${extname(path)}"`,
    file: path,
    hint: /^\.(xls|xlsx|xlsm|ods)$/i.test(extname(path))
      ? 'Save the sheet as CSV; a spreadsheet is not read.'
      : 'Name its format: `format: csv`, or --input-format csv.',
  });
}

const wild = /[*?[]/;

/** A path in which DuckDB sees no glob. */
export function plainPath(path: string): string {
  return path.replace(/[*?[]/g, '[$&]');
}

async function expanded(db: Database, path: string): Promise<string[]> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => error);
  if (!(found instanceof Error)) {
    if (found.isFIFO() || found.isSocket()) {
      throw new DataError({
        expected: 'a file',
        found: 'a pipe',
        file: path,
        hint: 'Sources are read more than once: write it to a file first.',
      });
    }
    if (!found.isDirectory()) return [path];
    throw new DataError({
      expected: 'a file',
      found: 'a folder',
      file: path,
      hint: `Name the files in it, for example ${join(path, '*.csv')}.`,
    });
  }
  if (wild.test(path)) {
    const matches = await db.rows<{ file: string }>(`SELECT file FROM glob(${literal(path)}) ORDER BY file`);
    if (matches.length > 0) return matches.map(({ file }) => file);
    throw new DataError({
      expected: 'files that match',
      found: 'none',
      file: path,
      hint: 'Check the pattern.',
    });
  }
  const refused = found.code === 'EACCES' || found.code === 'EPERM';
  throw new DataError({
    expected: 'a file',
    found: refused ? 'one that may not be read' : 'nothing there',
    file: path,
    hint: refused
      ? 'Change its permissions.'
      : 'Check the path; in a configuration it is relative to that file.',
    cause: found,
  });
}

export interface InputFile {
  path: string;
  bytes: number;
}

/**
 * The files behind a path, a glob or a list of them, each with its size.
 *
 * @throws DataError for a missing file, a folder, or nothing but empty files
 */
export async function inputFiles(
  db: Database,
  paths: string | string[],
  baseFolder: string,
): Promise<InputFile[]> {
  const all: string[] = [];
  for (const path of [paths].flat()) {
    all.push(...(await expanded(db, isAbsolute(path) ? path : join(baseFolder, path))));
  }
  const files = await Promise.all(
    [...new Set(all)].map(async path => ({ path, bytes: (await stat(path)).size })),
  );
  const filled = files.filter(({ bytes }) => bytes > 0);
  if (filled.length > 0) return filled;
  throw new DataError({
    expected: 'rows',
    found: 'an empty file',
    file: files[0].path,
    hint: 'Export it again.',
  });
}
