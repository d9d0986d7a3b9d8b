import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Vector } from 'apache-arrow';
import { appendTable, createTable } from '../data/append-table.js';
import { integerVector } from '../data/arrow-columns.js';
import { tableColumns } from '../data/columns.js';
import { copyOptions } from '../data/copy-options.js';
import { plainPath } from '../data/files.js';
import {
  type ColumnTable,
  columnTable,
  type Interactions,
  idText,
  readInteractions,
  replaceFile,
  textVector,
  writeTable,
} from '../data/index.js';
import { literal, literals } from '../data/sql.js';
import type { Csr } from '../ops/index.js';
import { ItemNeighbours } from '../recommend/index.js';
import { itemNames } from './item-names.js';
import { versions } from './manifest.js';
import type { Run } from './stage.js';

/** How a night that was not computed whole came about. */
export interface IncrementalReport {
  /** The night that the neighbours of items are from. */
  since: string;
  /** Nights since that one, this one included. */
  nights: number;
  /** Customers whose recommendations were made anew. */
  changed: number;
  /** Customers whose recommendations were kept. */
  kept: number;
}

/** What a night is built on that is not computed whole. */
export interface Base {
  model: ItemNeighbours;
  /** Of all customers, with the items of the model. */
  interactions: Interactions;
  names: string[];
  /** Customers whose recommendations have to be made anew, by their number. */
  changed: Int32Array;
  report: IncrementalReport;
  /** Recommendations of the published night. */
  recommendations: string;
}

const rowsFile = 'customer-rows.parquet';

/** Two hashes of each row of a matrix, and of whatever else decides what is recommended. */
function rowHashes({ rows, indptr, indices, values }: Csr, seed: string): [Int32Array, Int32Array] {
  const start = createHash('sha256').update(seed).digest();
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  const [first, second] = [new Int32Array(rows), new Int32Array(rows)];
  for (let row = 0; row < rows; row++) {
    let [a, b] = [start.readInt32LE(0), start.readInt32LE(4)];
    for (let p = indptr[row]; p < indptr[row + 1]; p++) {
      // FNV-1a by words, once forwards and once with other constants.
      a = Math.imul(Math.imul(a ^ indices[p], 0x01000193) ^ bits[p], 0x01000193);
      b = Math.imul(Math.imul(b ^ bits[p], 0x85ebca6b) ^ indices[p] ^ (b >>> 15), 0xc2b2ae35);
    }
    [first[row], second[row]] = [a, b];
  }
  return [first, second];
}

/** The customers with the hashes of their rows. */
function rowTable(
  { config }: Run,
  { matrix, customers, items }: Interactions,
  names: readonly string[],
): ColumnTable {
  const ids = Array.from({ length: items.length }, (_, item) => idText(items, item));
  const { kindred } = versions();
  const seed = JSON.stringify({ recommendations: config.recommendations, kindred, ids, names });
  const [first, second] = rowHashes(matrix, seed);
  return columnTable([
    {
      name: 'customer',
      type: 'text',
      values: Array.from({ length: customers.length }, (_, c) => idText(customers, c)),
    },
    { name: 'number', type: 'int32', values: Int32Array.from(customers.length === 0 ? [] : first.keys()) },
    { name: 'first', type: 'int32', values: first },
    { name: 'second', type: 'int32', values: second },
  ]);
}

/** Writes, beside the model, what the next night needs in order to see whose purchases have changed. */
export async function saveRows(
  run: Run,
  interactions: Interactions,
  names: readonly string[],
): Promise<void> {
  const { config, staging } = run;
  if (!config.incremental || !staging) return;
  await writeTable(staging.path('model', rowsFile), 'parquet', rowTable(run, interactions, names));
}

async function idVector({ database }: Run, ids: readonly string[]): Promise<Vector> {
  const column = (await tableColumns(database, 'transactions')).find(({ name }) => name === 'item');
  return column?.type === 'BIGINT' ? integerVector(BigInt64Array.from(ids, BigInt)) : textVector([...ids]);
}

/**
 * What a night can be built on that recommends anew only to customers whose purchases have changed; undefined where everything
 * is to be computed: it was not asked for, it is time for it, too much has changed, or the published night does not have what it takes.
 */
export async function incrementalBase(run: Run): Promise<Base | undefined> {
  const { config, database, published, full } = run;
  const { format } = config.output;
  if (!config.incremental || full || format === 'arrow' || published?.manifest.night === undefined)
    return undefined;
  const before = published.manifest.incremental;
  const nights = (before?.nights ?? 0) + 1;
  const folder = join(published.folder, 'model');
  const rows = join(folder, rowsFile);
  const recommendations = join(published.folder, `recommendations.${format}`);
  if (nights >= config.incremental.fullEvery || !existsSync(rows) || !existsSync(recommendations))
    return undefined;
  const model = await ItemNeighbours.load(folder);
  if (!model.items) return undefined;
  const { weight } = config.recommendations || {};
  const items = await idVector(run, model.items);
  const interactions = await readInteractions(database, { weight, customers: 'all', items });
  const names = await itemNames(database, items);
  const changed = await changedCustomers(run, rowTable(run, interactions, names), rows);
  const all = interactions.customers.length;
  if (changed.length > config.incremental.most * all) return undefined;
  const report = {
    since: before?.since ?? published.manifest.night,
    nights,
    changed: changed.length,
    kept: all - changed.length,
  };
  return { model, interactions, names, changed, report, recommendations };
}

async function changedCustomers({ database }: Run, now: ColumnTable, before: string): Promise<Int32Array> {
  const name = database.newTable('rows');
  const table = await createTable(database, name, now);
  try {
    await appendTable(database, name, now);
    const rows = await database.rows<{ number: number }>(
      `SELECT number FROM ${table} ANTI JOIN read_parquet(${literal(plainPath(before))}) AS before
       USING (customer, first, second) ORDER BY number`,
    );
    return Int32Array.from(rows, ({ number }) => number);
  } finally {
    await database.run(`DROP TABLE ${table}`);
  }
}

/** These rows of a matrix, and the ids of their customers. */
export function chosenRows(
  { matrix, customers }: Interactions,
  chosen: Int32Array,
): Pick<Interactions, 'matrix' | 'customers'> {
  const { columns, indptr, indices, values } = matrix;
  const starts = new Int32Array(chosen.length + 1);
  chosen.forEach((row, i) => {
    starts[i + 1] = starts[i] + indptr[row + 1] - indptr[row];
  });
  const some = {
    rows: chosen.length,
    columns,
    indptr: starts,
    indices: new Int32Array(starts[chosen.length]),
    values: new Float32Array(starts[chosen.length]),
  };
  chosen.forEach((row, i) => {
    some.indices.set(indices.subarray(indptr[row], indptr[row + 1]), starts[i]);
    some.values.set(values.subarray(indptr[row], indptr[row + 1]), starts[i]);
  });
  const ids = Array.from(chosen, row => customers.get(row) as string | bigint);
  const isText = ids.every((id): id is string => typeof id === 'string');
  return {
    matrix: some,
    customers: isText ? textVector(ids) : integerVector(BigInt64Array.from(ids, BigInt)),
  };
}

/**
 * Writes the recommendations of all customers in their order: those made anew, and of all others those of the published night.
 *
 * @param parts Parquet files with the recommendations made anew
 * @returns the number of rows
 */
export async function mergeWithPublished(
  { database, config, staging }: Run,
  { changed, interactions: { customers }, recommendations }: Base,
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
  const reader = format === 'parquet' ? 'read_parquet' : 'read_csv';
  const before = `${reader}(${literal(plainPath(recommendations))}${format === 'csv' ? `, header = true, types = ${csvTypes}` : ''})`;
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

/** Scores as they were written, and ids as text: what they are is said by the other half. */
const csvTypes = `{'customer': 'VARCHAR', 'item': 'VARCHAR', 'rank': 'INTEGER', 'score': 'FLOAT', 'name': 'VARCHAR', 'reason': 'VARCHAR'}`;
