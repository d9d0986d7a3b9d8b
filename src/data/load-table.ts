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

/**
 * Makes a table of the columns of another one, or of a table function; or a view.
 *
 * @param isView asked when the columns are known.
 * @returns the SQL of the view.
 */
export async function loadFrom(
  db: Database,
  name: string,
  from: string,
  rename: Rename,
  isView = () => false,
): Promise<string | undefined> {
  const rows = await db.rows<{ column_name: string }>(`DESCRIBE SELECT * FROM ${from}`);
  const query = selection(from, rename(rows.map(row => row.column_name)));
  if (!isView()) {
    await createTable(db, name, query);
    return undefined;
  }
  await db.run(`CREATE OR REPLACE VIEW ${identifier(name)} AS ${query}`);
  return query;
}

function selection(from: string, columns: readonly Renaming[]): string {
  const selected = columns.map(({ column, as }) => `${identifier(column)} AS ${identifier(as)}`);
  return `SELECT ${selected.join(', ')} FROM ${from}`;
}

async function createTable(db: Database, name: string, query: string): Promise<void> {
  await db.run(`CREATE OR REPLACE TABLE ${identifier(name)} AS ${query}`);
}

/** Share of the memory of the data engine that a table of a Parquet file may take. */
const shareOfTable = 1 / 2;

/** Whether Parquet files are so large that they had better be read where they are, column by column as these are asked for. */
async function isTooLarge(db: Database, files: string): Promise<boolean> {
  if (db.memory === Number.POSITIVE_INFINITY) return false;
  const { columns } = await db.row<{ columns: number }>(
    `SELECT count(*) AS columns FROM (DESCRIBE SELECT * FROM ${readers.parquet.sql(files)})`,
  );
  const { rows } = await db.row<{ rows: number }>(
    `SELECT CAST(sum(num_rows) AS DOUBLE) AS rows FROM parquet_file_metadata(${files})`,
  );
  return 8 * rows * columns > shareOfTable * db.memory;
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
    await createTable(db, name, selection(`(${scan.sql(types)})`, columns));
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

/**
 * Makes a table of Parquet, JSON or Arrow files, columns matched by name.
 *
 * @param mayStay asked when the columns are known: whether Parquet files too large for the memory may be left where they are.
 * @returns the SQL of the view that reads them there, if they are.
 */
export async function loadFiles(
  db: Database,
  name: string,
  format: 'parquet' | 'json' | 'arrow',
  files: readonly InputFile[],
  rename: Rename,
  mayStay: () => boolean,
): Promise<string | undefined> {
  if (format === 'arrow') {
    const table = await readArrowFiles(db, files);
    await loadFrom(db, name, table, rename);
    await db.run(`DROP TABLE ${table}`);
    return undefined;
  }
  const { called, sql } = readers[format];
  try {
    const paths = literals(files.map(({ path }) => plainPath(path)));
    const isLarge = format === 'parquet' && (await isTooLarge(db, paths));
    return await loadFrom(db, name, sql(paths), rename, () => isLarge && mayStay());
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
