import { DataError } from '../errors.js';
import { readAs } from './convert.js';
import { type Database, firstLine } from './database.js';
import { type InputFile, plainPath } from './files.js';
import type { TextScan } from './opened-source.js';
import { readArrowFiles } from './readers/arrow.js';
import { textProblem } from './readers/text-problem.js';
import { numberRoles, type Renaming } from './renaming.js';
import type { SourceFormat } from './source.js';
import { identifier, literals } from './sql.js';

/** Says which columns go into the table, once the names in the source are known. */
export type Rename = (names: string[]) => Renaming[];

/** Makes a table of the columns of another one, or of a table function. */
export async function loadFrom(db: Database, name: string, from: string, rename: Rename): Promise<void> {
  const rows = await db.rows<{ column_name: string }>(`DESCRIBE SELECT * FROM ${from}`);
  await select(db, name, from, rename(rows.map(row => row.column_name)));
}

async function select(db: Database, name: string, from: string, columns: readonly Renaming[]): Promise<void> {
  const selected = columns.map(({ column, as }) => `${identifier(column)} AS ${identifier(as)}`);
  await db.run(`CREATE OR REPLACE TABLE ${identifier(name)} AS SELECT ${selected.join(', ')} FROM ${from}`);
}

/** Makes a table of text files; a value that cannot be read is traced to its line. */
export async function loadText(
  db: Database,
  name: string,
  scan: TextScan,
  columns: readonly Renaming[],
  declared: ReadonlyMap<string, string>,
): Promise<void> {
  const types: Record<string, string> = {};
  for (const { column, as } of columns) {
    const type = declared.get(as);
    if (type !== undefined) types[column] = readAs(type);
    else if (numberRoles.has(as)) types[column] = 'DOUBLE';
  }
  try {
    await select(db, name, `(${scan.sql(types)})`, columns);
  } catch (error) {
    if (error instanceof Error && /^(Invalid Input|Conversion|IO|Binder) Error/.test(error.message))
      throw (await textProblem(db, scan, types)) ?? error;
    throw error;
  }
}

const readers = {
  parquet: {
    called: 'a Parquet file',
    sql: (files: string) => `read_parquet(${files}, union_by_name = true)`,
  },
  json: {
    called: 'JSON',
    sql: (files: string) => `read_json(${files}, union_by_name = true, sample_size = -1)`,
  },
};

/** Whether files of this format are read by `loadFiles`. */
export function isFileFormat(format: SourceFormat): format is 'parquet' | 'json' | 'arrow' {
  return format in readers || format === 'arrow';
}

/** Makes a table of Parquet, JSON or Arrow files, columns matched by name. */
export async function loadFiles(
  db: Database,
  name: string,
  format: 'parquet' | 'json' | 'arrow',
  files: readonly InputFile[],
  rename: Rename,
): Promise<void> {
  if (format === 'arrow') {
    const table = await readArrowFiles(db, files);
    await loadFrom(db, name, table, rename);
    await db.run(`DROP TABLE ${table}`);
    return;
  }
  const { called, sql } = readers[format];
  try {
    await loadFrom(db, name, sql(literals(files.map(({ path }) => plainPath(path)))), rename);
  } catch (error) {
    if (!(error instanceof Error) || !/^(Invalid Input|IO|Conversion|Invalid) Error/.test(error.message))
      throw error;
    throw new DataError({
      expected: called,
      found: `a file that DuckDB cannot read (${firstLine(error).trim().replace(/\.$/, '')})`,
      file: /[Ff]ile ['"]([^'"]+)['"]/.exec(error.message)?.[1] ?? files[0].path,
      hint: 'Check the file and its `format`.',
      cause: error,
    });
  }
}
