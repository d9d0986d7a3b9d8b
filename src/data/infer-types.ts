import { isInteger } from './convert.js';
import type { Database } from './database.js';
import { identifier } from './sql.js';

interface Guess {
  type: string;
  /** SQL that is true for a text of the type. */
  holds(column: string): string;
  expression(column: string): string;
}

function guesses(decimal: string): Guess[] {
  const point = (column: string) => (decimal === ',' ? `replace(${column}, ',', '.')` : column);
  return [
    { type: 'BIGINT', holds: isInteger, expression: column => `CAST(${column} AS BIGINT)` },
    {
      type: 'DOUBLE',
      // 01234 is a postcode, and an integer of more digits than float64 holds is an id.
      holds: column =>
        `TRY_CAST(${point(column)} AS DOUBLE) IS NOT NULL AND NOT regexp_matches(${column}, '^\\s*[+-]?(0\\d|\\d{16,}$)')`,
      expression: column => `CAST(${point(column)} AS DOUBLE)`,
    },
    {
      type: 'BOOLEAN',
      holds: column => `lower(${column}) IN ('true', 'false')`,
      expression: column => `CAST(${column} AS BOOLEAN)`,
    },
    {
      type: 'TIMESTAMP',
      holds: column =>
        `regexp_matches(${column}, '^\\d{4}-\\d\\d-\\d\\d') AND TRY_CAST(${column} AS TIMESTAMP) IS NOT NULL`,
      expression: column => `CAST(${column} AS TIMESTAMP)`,
    },
  ];
}

/**
 * Gives text columns of a text file the type that all their values have. The first rows rule most types out before
 * all rows are looked at.
 */
export async function inferTypes(
  db: Database,
  table: string,
  columns: readonly string[],
  decimal: string,
): Promise<void> {
  if (columns.length === 0) return;
  const all = guesses(decimal);
  const survivors = async (from: string, candidates: { column: string; guess: Guess }[]) => {
    if (candidates.length === 0) return [];
    const tests = candidates.map(
      ({ column, guess }, index) =>
        `COALESCE(bool_and(${guess.holds(identifier(column))}) FILTER (${identifier(column)} IS NOT NULL), false) AS t${index}`,
    );
    const row = await db.row<Record<string, boolean>>(`SELECT ${tests.join(', ')} FROM ${from}`);
    return candidates.filter((_, index) => row[`t${index}`]);
  };
  const candidates = columns.flatMap(column => all.map(guess => ({ column, guess })));
  // NULLs pass no test, hence columns that begin with many of them are looked at in full.
  const empty = await emptyStart(db, table, columns);
  const likely = await survivors(
    `(SELECT * FROM ${identifier(table)} LIMIT 2048)`,
    candidates.filter(({ column }) => !empty.has(column)),
  );
  const unsure = candidates.filter(({ column }) => empty.has(column));
  const certain = await survivors(identifier(table), [...likely, ...unsure]);
  for (const column of columns) {
    const found = certain.find(candidate => candidate.column === column);
    if (!found) continue;
    const { type, expression } = found.guess;
    const name = identifier(column);
    await db.run(`ALTER TABLE ${identifier(table)} ALTER ${name} TYPE ${type} USING ${expression(name)}`);
  }
}

async function emptyStart(db: Database, table: string, columns: readonly string[]): Promise<Set<string>> {
  const counts = columns.map((column, index) => `count(${identifier(column)}) AS c${index}`);
  const row = await db.row<Record<string, number>>(
    `SELECT ${counts.join(', ')} FROM (SELECT * FROM ${identifier(table)} LIMIT 2048)`,
  );
  return new Set(columns.filter((_, index) => row[`c${index}`] === 0));
}
