import { appendTable, createTable } from '../../data/append-table.js';
import { copyOptions } from '../../data/copy-options.js';
import { plainPath } from '../../data/files.js';
import { columnTable, idText, type OutputFormat, replaceFile } from '../../data/index.js';
import { literal, literals } from '../../data/sql.js';
import type { Run } from '../stage.js';
import type { Plan } from './plan.js';
import type { Purchases } from './purchases.js';

/** Scores as they were written, and ids as text: what they are is said by the other half. */
const csvTypes = `{'customer': 'VARCHAR', 'item': 'VARCHAR', 'rank': 'INTEGER', 'score': 'FLOAT', 'name': 'VARCHAR', 'reason': 'VARCHAR'}`;

/** SQL of the recommendations in a file. */
export function publishedRows(file: string, format: OutputFormat): string {
  const path = literal(plainPath(file));
  return format === 'csv' ? `read_csv(${path}, header = true, types = ${csvTypes})` : `read_parquet(${path})`;
}

/** What of a plan tells which recommendations are taken from where. */
export type Merged = Pick<Plan, 'changed' | 'recommendations'> & {
  /** Of all customers. */
  purchases: Purchases;
};

/**
 * Writes the recommendations of all customers in their order: those made anew, and of all others those of the published night.
 *
 * @param parts Parquet files with the recommendations made anew
 * @returns the number of rows
 */
export async function mergeWithPublished(
  { database, config, staging }: Run,
  { changed, purchases, recommendations }: Merged,
  parts: readonly string[],
): Promise<number> {
  const { format } = config.output;
  if (!staging || format === 'arrow') return 0;
  const name = database.newTable('order');
  let table = '';
  for await (const { from, ids, matrix } of purchases.batches()) {
    const order = columnTable([
      { name: 'id', type: 'text', values: Array.from({ length: matrix.rows }, (_, row) => idText(ids, row)) },
      {
        name: 'number',
        type: 'int32',
        values: Int32Array.from({ length: matrix.rows }, (_, row) => from + row),
      },
      {
        name: 'changed',
        type: 'boolean',
        values: Uint8Array.from(changed.isChanged.part(from, from + matrix.rows)),
      },
    ]);
    if (table === '') table = await createTable(database, name, order);
    await appendTable(database, name, order);
  }
  const before = publishedRows(recommendations, format);
  const joined = (from: string, changedOnes: boolean) =>
    `SELECT r.*, o.number AS "order" FROM ${from} AS r JOIN ${table} AS o
     ON CAST(r.customer AS VARCHAR) = o.id AND o.changed = ${changedOnes}`;
  const anew = parts.length > 0 ? [joined(`read_parquet(${literals(parts.map(plainPath))})`, true)] : [];
  const rows = `SELECT * EXCLUDE ("order") FROM (${[...anew, joined(before, false)].join(' UNION ALL BY NAME ')})
    ORDER BY "order", rank`;
  try {
    let count = 0;
    await replaceFile(staging.path(`recommendations.${format}`), async temporary => {
      count = await database.run(`COPY (${rows}) TO ${literal(temporary)} (${copyOptions[format]})`);
    });
    return count;
  } finally {
    await database.run(`DROP TABLE IF EXISTS ${table}`);
  }
}
