import { DataError } from '../errors.js';
import type { Database } from './database.js';
import { nearest } from './nearest.js';
import { literal } from './sql.js';

/** A column of a table in DuckDB, with DuckDB's name of its type. */
export interface TableColumn {
  name: string;
  type: string;
}

/** Columns of a table in the main schema, in order; none if there is no such table. */
export async function tableColumns(db: Database, table: string): Promise<TableColumn[]> {
  return db.rows<{ name: string; type: string }>(
    `SELECT column_name AS name, data_type AS type FROM duckdb_columns()
     WHERE schema_name = 'main' AND table_name = ${literal(table)} ORDER BY column_index`,
  );
}

/** What a column of a table is called in the file, where a source was opened as that table. */
export function originalNames(db: Database, table: string): (name: string) => string {
  return name => db.sources.get(table)?.original(name) ?? name;
}

interface UnknownPlace {
  file?: string;
  key?: string;
  hint?: string;
  /** What a column is called in the file, where columns that play a role have its name. */
  original?: (name: string) => string;
}

/** What to write instead of `wanted`: the nearest name, or that of the role which the nearest column of the file plays. */
function suggestion(wanted: string, names: readonly string[], original: (name: string) => string) {
  const meant = nearest(wanted, [...names, ...names.map(original)]);
  if (meant === undefined) return undefined;
  const role = names.find(name => original(name) === meant);
  return names.includes(meant) || role === undefined
    ? `Did you mean "${meant}"?`
    : `The column ${meant} has the name of its role here: "${role}".`;
}

/** The error for a column that is not there; suggests the nearest one that is. */
export function unknownColumn(
  wanted: string,
  names: readonly string[],
  { original = name => name, ...place }: UnknownPlace,
): DataError {
  const meant = suggestion(wanted, names, original);
  const aligned = names.length === 1 && /\S\s{2,}\S|\s.*\s/.test(names[0]);
  const both = names.map(name => (original(name) === name ? name : `${name} (${original(name)})`));
  const shown = both.slice(0, 12).join(', ') + (names.length > 12 ? `, and ${names.length - 12} more` : '');
  return new DataError({
    expected: `a column "${wanted}"`,
    found: names.length > 0 ? `only ${shown}` : 'no columns',
    file: place.file,
    key: place.key,
    hint: aligned
      ? 'Declare `delimiter: whitespace` if blanks stand between the columns.'
      : (meant ?? place.hint),
  });
}

/** Finds a column of a table, however its case is written, as SQL does. */
export async function requireColumn(db: Database, table: string, wanted: string): Promise<TableColumn> {
  const columns = await tableColumns(db, table);
  const found = columns.find(({ name }) => name.toLowerCase() === wanted.toLowerCase());
  if (found) return found;
  const names = columns.map(({ name }) => name);
  throw unknownColumn(wanted, names, { file: table, original: originalNames(db, table) });
}

export function isNumeric(type: string): boolean {
  return /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL)/.test(type);
}

/** Types that can be NaN or infinite. */
export function isFloating(type: string): boolean {
  return type === 'DOUBLE' || type === 'FLOAT';
}

export function isTime(type: string): boolean {
  return type === 'DATE' || type.startsWith('TIMESTAMP');
}
