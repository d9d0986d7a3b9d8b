import { DataError } from '../errors.js';
import { isNumeric, isTime, type TableColumn } from './columns.js';
import type { Database } from './database.js';
import type { OpenedSource } from './opened-source.js';
import { textProblem } from './readers/text-problem.js';
import { alterColumn } from './source-table.js';
import { identifier } from './sql.js';
import { possibleTimeFormats, timeExpression } from './times.js';

const words: Record<string, string> = {
  DOUBLE: 'a number',
  BIGINT: 'a whole number',
  BOOLEAN: 'true or false',
  DATE: 'a date',
  TIMESTAMP: 'a date and time',
};

/** A value of a column in one short line. */
function shown(value: unknown): string {
  if (typeof value === 'string') return `the text ${JSON.stringify(value)}`;
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object' || value === null) return String(value);
  // A list or a structure, whose whole numbers JSON may not know.
  const text = JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? Number(inner) : inner));
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** The error for a value of the wrong type, with file and line where the source is text. */
export async function wrongType(
  db: Database,
  opened: OpenedSource | undefined,
  column: string,
  type: string,
  value: unknown,
  hint?: string,
): Promise<DataError> {
  const original = opened?.original(column) ?? column;
  const located = opened?.text && (await textProblem(db, opened.text, { [original]: type }, hint));
  if (located) return located;
  return new DataError({
    expected: words[type] ?? type,
    found: shown(value),
    file: opened?.files[0],
    column: original,
    hint: hint ?? 'Mend the value, or drop or fill such rows with a cleaning step of `types`.',
  });
}

/** Changes the type of a column; `expression` gives NULL where a value cannot be converted, which is an error. */
async function alter(
  db: Database,
  opened: OpenedSource,
  column: string,
  type: string,
  expression: string,
  hint?: string,
): Promise<void> {
  const name = identifier(column);
  const [bad] = await db.rows<{ value: unknown }>(
    `SELECT ${name} AS value FROM ${identifier(opened.name)} WHERE ${name} IS NOT NULL AND ${expression} IS NULL LIMIT 1`,
  );
  if (bad) throw await wrongType(db, opened, column, type, bad.value, hint);
  await alterColumn(db, opened, column, type, expression);
}

const declaredTypes: Record<string, string> = {
  text: 'VARCHAR',
  number: 'DOUBLE',
  integer: 'BIGINT',
  boolean: 'BOOLEAN',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
};

/** DuckDB's type of a declared one; a date or time with a format is read as text first. */
export function readAs(declared: string): string {
  return declaredTypes[declared] ?? 'VARCHAR';
}

/** Gives a column the type declared for it. */
export async function convertDeclared(
  db: Database,
  opened: OpenedSource,
  { name, type }: TableColumn,
  declared: string,
): Promise<void> {
  const [kind, format] = /^(\w+) (.+)$/.exec(declared)?.slice(1) ?? [declared];
  const wanted = declaredTypes[kind];
  if (!format && type === wanted) return;
  const expression = format ? timeExpression(name, format) : `TRY_CAST(${identifier(name)} AS ${wanted})`;
  const hint = format && `The format declared for it is "${format}".`;
  await alter(db, opened, name, wanted, `CAST(${expression} AS ${wanted})`, hint);
}

/** Makes a column of numbers float64. */
export async function convertNumber(
  db: Database,
  opened: OpenedSource,
  { name, type }: TableColumn,
): Promise<void> {
  if (type !== 'DOUBLE') await alter(db, opened, name, 'DOUBLE', `TRY_CAST(${identifier(name)} AS DOUBLE)`);
}

/** Makes a column a TIMESTAMP (UTC), finding its format where only one fits. */
export async function convertTime(
  db: Database,
  opened: OpenedSource,
  { name, type }: TableColumn,
): Promise<void> {
  if (type === 'TIMESTAMP') return;
  if (isTime(type)) return alter(db, opened, name, 'TIMESTAMP', `CAST(${identifier(name)} AS TIMESTAMP)`);
  const possible = await possibleTimeFormats(db, opened.name, name);
  const hint = `Declare its format, for example \`types: { ${opened.original(name)}: timestamp %d.%m.%Y %H:%M }\`, or by --time-format.`;
  if (possible.length > 1)
    throw new DataError({
      expected: 'times of which the format is certain',
      found: `that ${possible.map(format => `"${format}"`).join(' and ')} fit all of them`,
      file: opened.files[0],
      column: opened.original(name),
      hint,
    });
  await alter(db, opened, name, 'TIMESTAMP', timeExpression(name, possible[0] ?? 'iso'), hint);
}

/** SQL: text that an integer would be printed as: no sign, no leading zero, so that nothing is lost by the conversion. */
export function isInteger(text: string): string {
  return `COALESCE(CAST(TRY_CAST(${text} AS BIGINT) AS VARCHAR) = ${text}, false)`;
}

/**
 * Makes a column of ids BIGINT if every one of them is an integer that prints as it was written, else text. Ids such
 * as 00017 stay text, so that what goes out is what came in.
 */
export async function convertId(
  db: Database,
  opened: OpenedSource,
  { name, type }: TableColumn,
): Promise<void> {
  const column = identifier(name);
  if (type === 'BIGINT') return;
  if (/^(U?(TINY|SMALL)INT|U?INTEGER)$/.test(type)) {
    return alter(db, opened, name, 'BIGINT', `CAST(${column} AS BIGINT)`);
  }
  const text =
    isNumeric(type) && !type.includes('INT')
      ? // pandas writes integers as floats where some are missing: 17850.0 is 17850.
        `CASE WHEN ${column} = trunc(${column}) THEN CAST(TRY_CAST(${column} AS BIGINT) AS VARCHAR) ELSE CAST(${column} AS VARCHAR) END`
      : `CAST(${column} AS VARCHAR)`;
  const { integers } = await db.row<{ integers: boolean }>(
    `SELECT COALESCE(bool_and(${isInteger('id')}), false) AS integers
     FROM (SELECT ${text} AS id FROM ${identifier(opened.name)}) WHERE id IS NOT NULL`,
  );
  if (integers) await alter(db, opened, name, 'BIGINT', `CAST(${text} AS BIGINT)`);
  else if (type !== 'VARCHAR') await alter(db, opened, name, 'VARCHAR', text);
}
