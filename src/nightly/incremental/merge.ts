import type { Vector } from 'apache-arrow';
import { appendTable, createTable } from '../../data/append-table.js';
import { integerVector } from '../../data/arrow-columns.js';
import { copyOptions } from '../../data/copy-options.js';
import { plainPath } from '../../data/files.js';
import {
  columnTable,
  type Interactions,
  idText,
  type OutputFormat,
  replaceFile,
  textVector,
} from '../../data/index.js';
import { literal, literals } from '../../data/sql.js';
import type { Recommender } from '../../recommend/index.js';
import { pickRows } from '../../recommend/sparse-rows.js';
import type { Run } from '../stage.js';
import type { Plan } from './plan.js';

/** Scores as they were written, and ids as text: what they are is said by the other half. */
const csvTypes = `{'customer': 'VARCHAR', 'item': 'VARCHAR', 'rank': 'INTEGER', 'score': 'FLOAT', 'name': 'VARCHAR', 'reason': 'VARCHAR'}`;

/** SQL of the recommendations in a file. */
export function publishedRows(file: string, format: OutputFormat): string {
  const path = literal(plainPath(file));
  return format === 'csv' ? `read_csv(${path}, header = true, types = ${csvTypes})` : `read_parquet(${path})`;
}

/** These rows of a matrix, and the ids of their customers. */
export function chosenRows(
  { matrix, customers }: Interactions,
  chosen: Int32Array,
): Pick<Interactions, 'matrix' | 'customers'> {
  const ids = Array.from(chosen, row => customers.get(row) as string | bigint);
  const isText = ids.every((id): id is string => typeof id === 'string');
  return {
    matrix: pickRows(matrix, chosen),
    customers: isText ? textVector(ids) : integerVector(BigInt64Array.from(ids, BigInt)),
  };
}

/** A recommender for the customers that were chosen: what they are called is their place among those. */
export function forChosen(recommender: Recommender, chosen: Int32Array): Recommender {
  return {
    recommend: (rows, options = {}) =>
      recommender.recommend(rows, {
        ...options,
        customers: options.customers?.map(place => (place < 0 ? -1 : chosen[place])),
      }),
  };
}

/** What of a plan tells which recommendations are taken from where. */
export type Merged = Pick<Plan, 'changed' | 'recommendations'> & {
  /** Ids of all customers. */
  customers: Vector;
};

/**
 * Writes the recommendations of all customers in their order: those made anew, and of all others those of the published night.
 *
 * @param parts Parquet files with the recommendations made anew
 * @returns the number of rows
 */
export async function mergeWithPublished(
  { database, config, staging }: Run,
  { changed, customers, recommendations }: Merged,
  parts: readonly string[],
): Promise<number> {
  const { format } = config.output;
  if (!staging || format === 'arrow') return 0;
  const isChanged = new Uint8Array(customers.length);
  for (const customer of changed) isChanged[customer] = 1;
  const name = database.newTable('order');
  const order = columnTable([
    {
      name: 'id',
      type: 'text',
      values: Array.from({ length: customers.length }, (_, c) => idText(customers, c)),
    },
    { name: 'number', type: 'int32', values: Int32Array.from(isChanged.keys()) },
    { name: 'changed', type: 'boolean', values: isChanged },
  ]);
  const table = await createTable(database, name, order);
  const before = publishedRows(recommendations, format);
  const joined = (from: string, changedOnes: boolean) =>
    `SELECT r.*, o.number AS "order" FROM ${from} AS r JOIN ${table} AS o
     ON CAST(r.customer AS VARCHAR) = o.id AND o.changed = ${changedOnes}`;
  const anew = parts.length > 0 ? [joined(`read_parquet(${literals(parts.map(plainPath))})`, true)] : [];
  const rows = `SELECT * EXCLUDE ("order") FROM (${[...anew, joined(before, false)].join(' UNION ALL BY NAME ')})
    ORDER BY "order", rank`;
  try {
    await appendTable(database, name, order);
    let count = 0;
    await replaceFile(staging.path(`recommendations.${format}`), async temporary => {
      count = await database.run(`COPY (${rows}) TO ${literal(temporary)} (${copyOptions[format]})`);
    });
    return count;
  } finally {
    await database.run(`DROP TABLE IF EXISTS ${table}`);
  }
}
