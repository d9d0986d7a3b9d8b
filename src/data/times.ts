import type { Database } from './database.js';
import { identifier, literal } from './sql.js';

const separators = ['/', '-', '.'];
const days = [
  ['%d', '%m', '%Y'],
  ['%m', '%d', '%Y'],
  ['%d', '%m', '%y'],
  ['%m', '%d', '%y'],
  ['%Y', '%m', '%d'],
];
const clocks = ['', ' %H:%M', ' %H:%M:%S', ' %I:%M %p', ' %I:%M:%S %p'];

/** Formats that are tried on a column of times whose format was not declared, beside ISO 8601 and unix time. */
const formats = separators.flatMap(separator =>
  days.flatMap(parts => clocks.map(clock => parts.join(separator) + clock)),
);

/**
 * SQL that turns a column into a TIMESTAMP, or NULL where it is none.
 *
 * @param format of strptime, or `iso`, `unix` (seconds since 1970), `unix-ms`
 */
export function timeExpression(column: string, format: string): string {
  const text = `CAST(${identifier(column)} AS VARCHAR)`;
  if (format === 'iso') return `CAST(TRY_CAST(${text} AS TIMESTAMPTZ) AS TIMESTAMP)`;
  if (format === 'unix' || format === 'unix-ms')
    return `make_timestamp(CAST(TRY_CAST(${text} AS DOUBLE) * ${format === 'unix' ? '1e6' : '1e3'} AS BIGINT))`;
  return `try_strptime(${text}, ${literal(format)})`;
}

/** SQL that counts the values of a column that an expression turns into NULL. */
function failures(column: string, expression: string): string {
  return `count(*) FILTER (${identifier(column)} IS NOT NULL AND ${expression} IS NULL)`;
}

async function surviving(
  db: Database,
  from: string,
  column: string,
  candidates: string[],
): Promise<string[]> {
  const counts = candidates.map(
    (format, index) => `${failures(column, timeExpression(column, format))} AS f${index}`,
  );
  const row = await db.row<Record<string, number>>(`SELECT ${counts.join(', ')} FROM ${from}`);
  return candidates.filter((_, index) => row[`f${index}`] === 0);
}

/** Whether every digit string of the column can be a day written YYYYMMDD, or seconds or milliseconds since 1970. */
async function digitFormats(db: Database, table: string, column: string): Promise<string[]> {
  const text = `CAST(${identifier(column)} AS VARCHAR)`;
  const { digits, least, most } = await db.row<{ digits: boolean; least: number; most: number }>(
    `SELECT bool_and(regexp_full_match(${text}, '\\d+')) AS digits, min(length(${text})) AS least,
       max(length(${text})) AS most FROM ${identifier(table)}`,
  );
  if (!digits) return [];
  if (least === 8 && most === 8) return ['%Y%m%d'];
  if (least >= 9 && most <= 10) return ['unix'];
  return least >= 12 && most <= 13 ? ['unix-ms'] : [];
}

/**
 * The formats that every value of a column can be read with, the first rows looked at first. More than one means
 * that nothing tells the day from the month.
 */
export async function possibleTimeFormats(db: Database, table: string, column: string): Promise<string[]> {
  const digits = await digitFormats(db, table, column);
  if (digits.length > 0) return surviving(db, identifier(table), column, digits);
  const sample = `(SELECT ${identifier(column)} FROM ${identifier(table)} WHERE ${identifier(column)} IS NOT NULL LIMIT 1000)`;
  // strptime would take 19 for the year 19.
  const { long } = await db.row<{ long: boolean }>(
    `SELECT bool_and(regexp_matches(CAST(${identifier(column)} AS VARCHAR), '\\d{4}')) AS long FROM ${sample}`,
  );
  const years = formats.filter(format => format.includes('%Y') === long);
  const likely = await surviving(db, sample, column, ['iso', ...years]);
  if (likely.includes('iso')) return surviving(db, identifier(table), column, ['iso']);
  return likely.length > 0 ? surviving(db, identifier(table), column, likely) : [];
}
