import type { Vector } from 'apache-arrow';
import { z } from 'zod';
import { DataError } from '../errors.js';
import type { Csr } from '../ops/csr.js';
import { appendTable, createTable } from './append-table.js';
import { idBatches, readIds } from './chunk-reader.js';
import { columnTable, idColumn } from './column-table.js';
import { tableColumns } from './columns.js';
import { csrBatches, readCsr, sortedEntries } from './csr-reader.js';
import {
  type CustomerPurchases,
  customersAtATime,
  HeldPurchases,
  SpooledPurchases,
} from './customer-purchases.js';
import type { Database } from './database.js';
import { unifyIds } from './integrity.js';
import { nonFinite } from './non-finite.js';
import { population } from './population.js';
import type { QualityRow } from './quality.js';
import type { Role } from './source.js';
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
  const problem = await nonFinite(db, source, column, {
    need: 'summable',
    where: 'customer IS NOT NULL AND item IS NOT NULL',
  });
  if (problem) throw problem;
  if (weight === 'log') return `ln(1 + greatest(0, CAST(${exactSum('quantity')} AS DOUBLE)))`;
  if (weight === 'rating') return `CAST(${exactSum('rating')} AS DOUBLE) / count(rating)`;
  return exactSum(column);
}

/** A table of codes 0, 1, … by id. */
interface Dictionary {
  table: string;
  size: number;
  /** In the order of the codes, where they were given. */
  ids?: Vector;
}

async function dictionary(db: Database, ids: string | Vector): Promise<Dictionary> {
  const name = db.newTable('dictionary');
  if (typeof ids === 'string') {
    const table = `kindred.${identifier(name)}`;
    await db.run(
      `CREATE TABLE ${table} AS SELECT id, row_number() OVER (ORDER BY id) - 1 AS code FROM (${ids})`,
    );
    const { size } = await db.row<{ size: number }>(`SELECT count(*) AS size FROM ${table}`);
    return { table, size };
  }
  const codes = Int32Array.from({ length: ids.length }, (_, code) => code);
  const columns = columnTable([idColumn('id', ids), { name: 'code', type: 'int32', values: codes }]);
  const table = await createTable(db, name, columns);
  await appendTable(db, name, columns);
  return { table, size: ids.length, ids };
}

const idsOf = ({ table }: Dictionary) => `SELECT id FROM ${table} ORDER BY code`;

/** @throws DataError when a source lacks the column of one of these roles */
export async function requireRoles(db: Database, source: string, roles: readonly Role[]): Promise<void> {
  const names = (await tableColumns(db, source)).map(({ name }) => name);
  const missing = roles.find(role => !names.includes(role));
  if (missing === undefined) return;
  throw new DataError({
    expected: `a column of the role "${missing}"`,
    found: names.length > 0 ? `only ${names.join(', ')}` : 'no such source',
    file: source,
    hint: `Declare it: \`columns: { ${missing}: … }\`, or --${missing}.`,
  });
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
  const { held } = await readPurchases(db, options, () => true);
  return held!;
}

/**
 * As {@link readInteractions}, left on disk where they do not fit.
 *
 * @param fits whether so many customers and pairs may be held in memory
 */
export async function readPurchases(
  db: Database,
  options: InteractionOptions,
  fits: (customers: number, pairs: number) => boolean,
): Promise<CustomerPurchases> {
  const { source = 'transactions', weight = 'binary', customers = 'interacting', items } = options;
  await requireRoles(db, source, ['customer', 'item']);
  await unifyIds(db);
  const value = await weightSql(db, source, weight);
  const pairs = `kindred.${identifier(db.newTable('pairs'))}`;
  const coded = `kindred.${identifier(db.newTable('coded'))}`;
  const tables = [pairs, coded];
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
    // Ids of a saved model may be text where today's are all integers.
    await db.run(
      `CREATE TABLE ${coded} AS SELECT CAST(r.code AS INTEGER) AS r, CAST(c.code AS INTEGER) AS c, weight
       FROM ${pairs} AS p JOIN ${rows.table} AS r ON CAST(r.id AS VARCHAR) = CAST(p.customer AS VARCHAR)
       JOIN ${columns.table} AS c ON CAST(c.id AS VARCHAR) = CAST(p.item AS VARCHAR)`,
    );
    await db.run(`DROP TABLE ${pairs}`);
    const { entries } = await db.row<{ entries: number }>(`SELECT count(*) AS entries FROM ${coded}`);
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
    const about = {
      items: columns.ids ?? (await readIds(db, idsOf(columns))),
      unknownPairs: all - dropped - entries,
      quality: dropped > 0 ? [report] : [],
    };
    const sorted = sortedEntries(db, coded, { rows: rows.size, entries });
    if (fits(rows.size, entries)) {
      const matrix = await readCsr(sorted, [rows.size, columns.size, entries]);
      return new HeldPurchases({
        matrix,
        customers: rows.ids ?? (await readIds(db, idsOf(rows))),
        ...about,
      });
    }
    const matrices = csrBatches(sorted, [rows.size, columns.size], customersAtATime);
    return await SpooledPurchases.write(db, idBatches(db, idsOf(rows), customersAtATime), matrices, about);
  } finally {
    for (const table of tables) await db.run(`DROP TABLE IF EXISTS ${table}`);
  }
}
