import { DataError } from '../errors.js';
import { dropDuplicates } from './cleaning/drop-duplicates.js';
import { settle } from './cleaning/drop-rows.js';
import { filter } from './cleaning/filter.js';
import { missing } from './cleaning/missing.js';
import { outliers } from './cleaning/outliers.js';
import type { Effect } from './cleaning/step.js';
import { types } from './cleaning/types.js';
import type { CleaningStep } from './cleaning-step.js';
import type { Database } from './database.js';
import { deriveAmount } from './open-source.js';
import type { QualityRow } from './quality.js';
import { identifier } from './sql.js';

function apply(db: Database, table: string, step: CleaningStep): Promise<Effect> {
  if ('dropDuplicates' in step) return dropDuplicates(db, table, step.dropDuplicates);
  if ('missing' in step) return missing(db, table, step.missing);
  if ('types' in step) return types(db, table, step.types);
  if ('outliers' in step) return outliers(db, table, step.outliers);
  return filter(db, table, step.filter);
}

/**
 * Applies cleaning steps to a table, in order.
 *
 * @returns one row of the quality report for each step
 * @throws DataError when a column is unknown, a value is of the wrong type, or no row is left
 */
export async function clean(
  db: Database,
  table: string,
  steps: readonly CleaningStep[],
): Promise<QualityRow[]> {
  const report: QualityRow[] = [];
  let { rows } = await db.row<{ rows: number }>(`SELECT count(*) AS rows FROM ${identifier(table)}`);
  for (const step of steps) {
    const { rule, column, changed, dropped, reason } = await apply(db, table, step);
    const because = step.because ?? reason;
    report.push({
      source: table,
      rule,
      column,
      rowsIn: rows,
      rowsChanged: changed,
      rowsDropped: dropped,
      reason: because,
    });
    if (dropped > 0 && dropped === rows)
      throw new DataError({
        expected: 'rows left after cleaning',
        found: `that "${rule}" dropped the last ${rows.toLocaleString('en')} (${because})`,
        file: table,
        column: column ?? undefined,
        hint: 'Loosen that step, or check the column it looks at.',
      });
    rows -= dropped;
    if (db.sources.get(table)?.derivesAmount && (column === 'quantity' || column === 'price') && changed > 0)
      await deriveAmount(db, table);
  }
  await settle(db, table);
  return report;
}
