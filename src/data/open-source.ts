import { DataError } from '../errors.js';
import { type TableColumn, tableColumns } from './columns.js';
import { convertDeclared, convertId, convertNumber, convertTime } from './convert.js';
import type { Database } from './database.js';
import { formatOf, inputFiles } from './files.js';
import { gzipDamage } from './gzip.js';
import { inferTypes } from './infer-types.js';
import { isFileFormat, loadFiles, loadFrom, loadText, type Rename } from './load-table.js';
import type { OpenedSource, TextScan } from './opened-source.js';
import { copyAttached } from './readers/attached.js';
import { scanText } from './readers/text.js';
import { declaredTypes, idRoles, numberRoles, type Renaming, renamings } from './renaming.js';
import type { Source } from './source.js';
import { identifier } from './sql.js';
import { withoutPassword } from './without-password.js';

export interface SourceSummary {
  name: string;
  /** Absolute paths, or the address of a database server without its password. */
  files: string[];
  bytes: number;
  /** Rows in the source, before any cleaning. */
  rows: number;
  /** Columns of the table, with DuckDB's types. */
  columns: TableColumn[];
  seconds: number;
}

/** Computes `amount` where it is quantity × price. */
export async function deriveAmount(db: Database, table: string): Promise<void> {
  await db.run(`UPDATE ${identifier(table)} SET amount = quantity * price`);
}

/**
 * Makes the table `name` of a source, or a view where it is Parquet that is too large for the memory and left as it is.
 * Columns that play a role get its name, other columns keep theirs; ids are integers or text, amounts float64, times UTC
 * timestamps; `amount` is quantity × price unless the source has it.
 *
 * @param baseFolder folder that relative paths start from
 * @throws DataError when a file, a column or a value is not as expected
 */
export async function openSource(
  db: Database,
  name: string,
  source: Source,
  baseFolder: string,
): Promise<SourceSummary> {
  const started = performance.now();
  const paths = [source.path].flat();
  const [, scheme] = /^(sqlite|postgres|mysql):/.exec(paths[0]) ?? [];
  const addresses = scheme ? [paths[0].slice(scheme.length + 1)] : paths;
  const isServer = ['postgres', 'mysql'].includes(source.format ?? scheme);
  // Before the format is told by the extension: of a folder or a missing file that would be the lesser complaint.
  const files = isServer ? [{ path: addresses[0], bytes: 0 }] : await inputFiles(db, addresses, baseFolder);
  const format = source.format ?? formatOf(paths[0]);
  const shown = files.map(({ path }) => (isServer ? withoutPassword(path) : path));

  let columns: Renaming[] = [];
  let declared = new Map<string, string>();
  const rename: Rename = names => {
    columns = renamings(names, source, shown[0]);
    declared = declaredTypes(columns, source, shown[0]);
    return columns;
  };
  const has = (role: string) => columns.some(({ as }) => as === role);
  const derivesAmount = () => has('quantity') && has('price') && !has('amount');
  let text: TextScan | undefined;
  let query: string | undefined;
  const load = async () => {
    if (format === 'csv') {
      text = await scanText(db, source, files);
      await loadText(db, name, text, rename(text.names), declared);
    } else if (isFileFormat(format)) {
      query = await loadFiles(
        db,
        name,
        format,
        files,
        rename,
        () => !source.clean?.length && !derivesAmount(),
      );
    } else {
      await copyAttached(db, format, files[0].path, source, async from => {
        await loadFrom(db, name, from, rename);
      });
    }
  };
  const mayBeGzip = format === 'csv' || format === 'json';
  const damage = mayBeGzip ? gzipDamage(files.map(({ path }) => path)) : undefined;
  // A file that was cut off often has a last line that is wrong as well, which says less.
  await load().catch(async error => {
    throw (await damage) ?? error;
  });
  const damaged = await damage;
  if (damaged) throw damaged;

  const originals = new Map(columns.map(({ column, as }) => [as, column]));
  const opened: OpenedSource = {
    name,
    files: shown,
    original: column => originals.get(column) ?? column,
    derivesAmount: derivesAmount(),
    text,
    query,
  };
  const { rows } = await db.row<{ rows: number }>(`SELECT count(*) AS rows FROM ${identifier(name)}`);
  if (rows === 0)
    throw new DataError({
      expected: 'rows',
      found: format === 'csv' ? 'only a header' : 'none',
      file: shown[0],
      hint: 'Export it again, or leave the source out of the configuration.',
    });
  await convert(db, opened, declared, source);
  if (opened.derivesAmount) {
    await db.run(`ALTER TABLE ${identifier(name)} ADD COLUMN amount DOUBLE`);
    await deriveAmount(db, name);
  }
  db.sources.set(name, opened);
  return {
    name,
    files: shown,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    rows,
    columns: await tableColumns(db, name),
    seconds: (performance.now() - started) / 1000,
  };
}

/** Gives every column its type: the one declared, that of its role, or the one all its texts have. */
async function convert(
  db: Database,
  opened: OpenedSource,
  declared: ReadonlyMap<string, string>,
  source: Source,
): Promise<void> {
  const unknown: string[] = [];
  for (const column of await tableColumns(db, opened.name)) {
    const type = declared.get(column.name);
    if (type !== undefined) await convertDeclared(db, opened, column, type);
    else if (idRoles.has(column.name)) await convertId(db, opened, column);
    else if (numberRoles.has(column.name)) await convertNumber(db, opened, column);
    else if (column.name === 'time') await convertTime(db, opened, column);
    else if (opened.text && column.type === 'VARCHAR') unknown.push(column.name);
  }
  await inferTypes(db, opened.name, unknown, source.decimal ?? '.');
}
