import { DataError, UsageError } from '../errors.js';
import type { Database } from './database.js';
import { nonFinite } from './non-finite.js';
import type { FeatureOrigin, RawTable } from './raw-features.js';

/** Columns that are read in one go: a part of each is in memory. */
const columnsAtOnce = 16;

/** @throws DataError for a feature that is not finite, or a time after the snapshot */
export async function checkNumbers(
  db: Database,
  { table }: RawTable,
  origins: readonly FeatureOrigin[],
): Promise<void> {
  const numbers = [...origins.entries()].filter(([, { categorical }]) => !categorical);
  if (numbers.length === 0) return;
  const counts: Record<string, number> = {};
  for (let from = 0; from < numbers.length; from += columnsAtOnce) {
    const infinite = numbers
      .slice(from, from + columnsAtOnce)
      .map(([index]) => `count(*) FILTER (NOT isfinite(f${index})) AS f${index}`);
    Object.assign(counts, await db.row(`SELECT ${infinite.join(', ')} FROM ${table}`));
  }
  for (const [index, origin] of numbers) {
    if (counts[`f${index}`] > 0) {
      const located = origin.kind === 'column' && (await nonFinite(db, origin.source, origin.from!));
      if (located) throw located;
      const { id, value } = await db.row<{ id: string; value: number }>(
        `SELECT CAST(id AS VARCHAR) AS id, f${index} AS value FROM ${table} WHERE NOT isfinite(f${index}) LIMIT 1`,
      );
      throw new DataError({
        expected: `finite numbers for the feature ${origin.name}`,
        found: `${value} for customer ${id}`,
        file: origin.source,
        hint: 'Mend the SQL of the feature, or filter the rows that lead to it.',
      });
    }
    if (origin.kind !== 'recency') continue;
    const { least } = await db.row<{ least: number | null }>(`SELECT min(f${index}) AS least FROM ${table}`);
    if ((least ?? 0) < 0)
      throw new UsageError({
        expected: 'a snapshot after the last transaction',
        found: `transactions up to ${-least!} days after it`,
        key: 'snapshot',
        hint: 'Give a later snapshot, or keep the rows before it with a filter step on time.',
      });
  }
}
