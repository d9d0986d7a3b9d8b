import type { Vector } from 'apache-arrow';
import { z } from 'zod';
import { DataError } from '../errors.js';
import type { Csr } from '../ops/csr.js';
import { appendTable, createTable } from './append-table.js';
import { copyNumbers, readIds } from './chunk-reader.js';
import { columnTable, idColumn } from './column-table.js';
import { tableColumns } from './columns.js';
import type { Database } from './database.js';
import { unifyIds } from './integrity.js';
import { nonFinite } from './non-finite.js';
import { population } from './population.js';
import type { QualityRow } from './quality.js';
import { identifier } from './sql.js';

export const interactionWeightSchema = z
  .enum(['binary', 'quantity', 'amount', 'rating', 'log'])
  .describe(
    'What a customer and an item have in common: binary: 1; quantity, amount: their sum; rating: the mean; log: logarithm of 1 + the quantity',
  );

export type InteractionWeight = z.infer<typeof interactionWeightSchema>;

export interface InteractionOptions {
  /** Default: transactions. */
  source?: string;
  /** Default: binary, which no bulk buyer can distort. */
  weight?: InteractionWeight;
  /**
   * Rows of the matrix: the customers with an interaction (default), all customers in the order of
   * `FeatureMatrix.ids`, or these.
   */
  customers?: 'interacting' | 'all' | Vector;
  /** Columns of the matrix: the items with an interaction (default), or these, as a saved model knows them. */
  items?: Vector;
}

export interface Interactions {
  /** Customers × items. */
  matrix: Csr;
  /** Ids of the rows, sorted unless they were given. */
  customers: Vector;
  /** Ids of the columns, sorted unless they were given. */
  items: Vector;
  /** Interactions of customers or items that are not among those given. */
  unknownPairs: number;
  quality: QualityRow[];
}

/** A sum that is exact, and hence the same whatever the order of the rows. */
const exactSum = (column: string) => `sum(CAST(${column} AS DECIMAL(38, 10)))`;

async function weightSql(db: Database, source: string, weight: InteractionWeight): Promise<string> {
  const names = new Set((await tableColumns(db, source)).map(({ name }) => name));
  if (weight === 'binary') return '1';
  if (weight === 'log' && !names.has('quantity')) return 'ln(1 + count(*))';
  const column = weight === 'log' ? 'quantity' : weight;
  if (!names.has(column))
    throw new DataError({
      expected: `a column of the role "${column}" for the weight ${weight}`,
      found: `only ${[...names].join(', ')}`,
      file: source,
      hint: `Declare it: \`columns: { ${column}: … }\`, or choose \`weight: binary\`.`,
    });
  const problem = await nonFinite(db, source, column, 'customer IS NOT NULL AND item IS NOT NULL');
  if (problem) throw problem;
  if (weight === 'log') return `ln(1 + greatest(0, CAST(${exactSum('quantity')} AS DOUBLE)))`;
  if (weight === 'rating') return `CAST(${exactSum('rating')} AS DOUBLE) / count(rating)`;
  return exactSum(column);
}

/** Makes a table of codes 0, 1, … by id; gives its name and the ids in that order. */
async function dictionary(db: Database, ids: string | Vector): Promise<{ table: string; ids: Vector }> {
  const name = db.newTable('dictionary');
  if (typeof ids === 'string') {
    const table = `kindred.${identifier(name)}`;
    await db.run(
      `CREATE TABLE ${table} AS SELECT id, row_number() OVER (ORDER BY id) - 1 AS code FROM (${ids})`,
    );
    return { table, ids: await readIds(db, `SELECT id FROM ${table} ORDER BY code`) };
  }
  const codes = Int32Array.from({ length: ids.length }, (_, code) => code);
  const columns = columnTable([idColumn('id', ids), { name: 'code', type: 'int32', values: codes }]);
  const table = await createTable(db, name, columns);
  await appendTable(db, name, columns);
  return { table, ids };
}

/**
 * Reads who had to do with what as a sparse matrix. Customer and item have one entry, whatever the number of rows;
 * with the weights quantity, amount and log, pairs whose sum is not above 0 (returned goods) are left out.
 *
 * @throws DataError when the source lacks a role, or holds no pair
 */
export async function readInteractions(
  db: Database,
  options: InteractionOptions = {},
): Promise<Interactions> {
  const { source = 'transactions', weight = 'binary', customers = 'interacting', items } = options;
  const names = (await tableColumns(db, source)).map(({ name }) => name);
  for (const role of ['customer', 'item'])
    if (!names.includes(role))
      throw new DataError({
        expected: `a column of the role "${role}"`,
        found: names.length > 0 ? `only ${names.join(', ')}` : 'no such source',
        file: source,
        hint: `Declare it: \`columns: { ${role}: … }\`.`,
      });
  await unifyIds(db);
  const value = await weightSql(db, source, weight);
  const pairs = `kindred.${identifier(db.newTable('pairs'))}`;
  const tables = [pairs];
  try {
    await db.run(
      `CREATE TABLE ${pairs} AS SELECT customer, item, CAST(${value} AS FLOAT) AS weight FROM ${identifier(source)}
       WHERE customer IS NOT NULL AND item IS NOT NULL GROUP BY customer, item`,
    );
    const { all } = await db.row<{ all: number }>(`SELECT count(*) AS "all" FROM ${pairs}`);
    const useless = weight === 'rating' ? 'weight IS NULL' : 'weight IS NULL OR weight <= 0';
    const dropped = await db.run(`DELETE FROM ${pairs} WHERE ${useless}`);
    if (dropped === all)
      throw new DataError({
        expected: 'pairs of customer and item',
        found: all === 0 ? 'none' : `none with a ${weight} above 0`,
        file: source,
        hint: 'Check the columns of the roles "customer" and "item".',
      });
    const everyone =
      customers === 'all' ? await population(db) : `SELECT DISTINCT customer AS id FROM ${pairs}`;
    const rows = await dictionary(db, typeof customers === 'string' ? everyone : customers);
    tables.push(rows.table);
    const columns = await dictionary(db, items ?? `SELECT DISTINCT item AS id FROM ${pairs}`);
    tables.push(columns.table);
    const matrix = await readCsr(db, pairs, rows, columns);
    const reason = `pairs of customer and item whose ${weight} is not above 0`;
    const report = {
      source,
      rule: 'interactions',
      column: weight,
      rowsIn: all,
      rowsChanged: 0,
      rowsDropped: dropped,
      reason,
    };
    return {
      matrix,
      customers: rows.ids,
      items: columns.ids,
      unknownPairs: all - dropped - matrix.indices.length,
      quality: dropped > 0 ? [report] : [],
    };
  } finally {
    for (const table of tables) await db.run(`DROP TABLE IF EXISTS ${table}`);
  }
}

async function readCsr(
  db: Database,
  pairs: string,
  rows: { table: string; ids: Vector },
  columns: { table: string; ids: Vector },
): Promise<Csr> {
  // Ids of a saved model may be text where today's are all integers.
  const joined = `${pairs} AS p JOIN ${rows.table} AS r ON CAST(r.id AS VARCHAR) = CAST(p.customer AS VARCHAR)
    JOIN ${columns.table} AS c ON CAST(c.id AS VARCHAR) = CAST(p.item AS VARCHAR)`;
  const coded = `kindred.${identifier(db.newTable('coded'))}`;
  await db.run(
    `CREATE TABLE ${coded} AS SELECT CAST(r.code AS INTEGER) AS r, CAST(c.code AS INTEGER) AS c, weight FROM ${joined}`,
  );
  try {
    const { entries } = await db.row<{ entries: number }>(`SELECT count(*) AS entries FROM ${coded}`);
    const indptr = new Int32Array(rows.ids.length + 1);
    const indices = new Int32Array(entries);
    const values = new Float32Array(entries);
    const rowOf = new Int32Array(2048);
    let offset = 0;
    for await (const chunk of db.stream(`SELECT r, c, weight FROM ${coded} ORDER BY r, c`)) {
      copyNumbers(chunk, 0, rowOf, 0);
      copyNumbers(chunk, 1, indices, offset);
      copyNumbers(chunk, 2, values, offset);
      for (let row = 0; row < chunk.rowCount; row++) indptr[rowOf[row] + 1]++;
      offset += chunk.rowCount;
    }
    for (let row = 0; row < rows.ids.length; row++) indptr[row + 1] += indptr[row];
    return { rows: rows.ids.length, columns: columns.ids.length, indptr, indices, values };
  } finally {
    await db.run(`DROP TABLE ${coded}`);
  }
}
