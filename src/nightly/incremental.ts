import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { appendTable, createTable } from '../data/append-table.js';
import { integerVector } from '../data/arrow-columns.js';
import { copyOptions } from '../data/copy-options.js';
import { plainPath } from '../data/files.js';
import {
  type ColumnTable,
  columnTable,
  type Interactions,
  idText,
  type OutputFormat,
  readInteractions,
  replaceFile,
  textVector,
  writeTable,
} from '../data/index.js';
import { literal, literals } from '../data/sql.js';
import { type Csr, sparseCosineTopKCost, transpose } from '../ops/index.js';
import { ItemNeighbours, Popularity } from '../recommend/index.js';
import { keepNeighbours, renumbered } from '../recommend/kept-neighbours.js';
import type { RecommendationsConfig } from './config/recommendations.js';
import type { IncrementalReport } from './incremental-report.js';
import { itemNames } from './item-names.js';
import { versions } from './manifest.js';
import { readRecommenderModel } from './recommend/recommender-model.js';
import { reasonText } from './recommendation-tables.js';
import type { Run } from './stage.js';

/** What a night is built on that is not computed whole. */
export interface Base {
  model: ItemNeighbours;
  /** Of all customers and items. */
  interactions: Interactions;
  names: string[];
  /** Ids of the items as text. */
  ids: string[];
  /** Customers whose recommendations have to be made anew, by their number. */
  changed: Int32Array;
  report: IncrementalReport;
  /** Recommendations of the published night. */
  recommendations: string;
}

const rowsFile = 'customer-rows.parquet';

/** Two hashes of each item: a customer's row is the same where its items are, whatever their numbers. */
function itemHashes(ids: readonly string[], names: readonly string[], seed: string): Int32Array {
  const hashes = new Int32Array(2 * ids.length);
  ids.forEach((id, item) => {
    const digest = createHash('sha256')
      .update(JSON.stringify([seed, id, names[item]]))
      .digest();
    hashes[2 * item] = digest.readInt32LE(0);
    hashes[2 * item + 1] = digest.readInt32LE(4);
  });
  return hashes;
}

/** Two hashes of each row of a matrix. */
function rowHashes({ rows, indptr, indices, values }: Csr, ofItems: Int32Array): [Int32Array, Int32Array] {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  const [first, second] = [new Int32Array(rows), new Int32Array(rows)];
  for (let row = 0; row < rows; row++) {
    let [a, b] = [0, 0];
    for (let p = indptr[row]; p < indptr[row + 1]; p++) {
      const item = 2 * indices[p];
      // FNV-1a by words, once forwards and once with other constants.
      a = Math.imul(Math.imul(a ^ ofItems[item], 0x01000193) ^ bits[p], 0x01000193);
      b = Math.imul(Math.imul(b ^ bits[p], 0x85ebca6b) ^ ofItems[item + 1] ^ (b >>> 15), 0xc2b2ae35);
    }
    [first[row], second[row]] = [a, b];
  }
  return [first, second];
}

/** The customers with the hashes of their rows and of whatever else decides what is recommended. */
function rowTable(
  { config }: Run,
  { matrix, customers }: Interactions,
  ids: readonly string[],
  names: readonly string[],
): ColumnTable {
  const seed = JSON.stringify({ recommendations: config.recommendations, kindred: versions().kindred });
  const [first, second] = rowHashes(matrix, itemHashes(ids, names, seed));
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
  ids: readonly string[],
  names: readonly string[],
): Promise<void> {
  const { config, staging } = run;
  if (!config.incremental || !staging) return;
  await writeTable(staging.path('model', rowsFile), 'parquet', rowTable(run, interactions, ids, names));
}

/** Half the sum of the differences of two lists of shares. */
function moved(now: Int32Array, before: Int32Array): number {
  const sum = (counts: Int32Array) => counts.reduce((all, count) => all + count, 0) || 1;
  const [all, allBefore] = [sum(now), sum(before)];
  return now.reduce((total, count, i) => total + Math.abs(count / all - before[i] / allBefore), 0) / 2;
}

/**
 * What a night can be built on that recommends anew only to some customers; undefined where everything is to be computed:
 * it was not asked for, it is time for it, too much has changed, or the published night does not have what it takes.
 *
 * The neighbours of items are found anew, which is quick beside recommending. Of items whose similarities have not moved by
 * more than the tolerance they are kept as they were, and with them the recommendations of customers who have such items
 * alone: all recommendations are those of one model, which is off by no more than the tolerance.
 */
export async function incrementalBase(run: Run, wanted: RecommendationsConfig): Promise<Base | undefined> {
  const { config, database, published, full, signal } = run;
  const { format } = config.output;
  const settings = config.incremental;
  if (!settings || full || format === 'arrow' || published?.manifest.night === undefined) return undefined;
  const report = published.manifest.incremental;
  const nights = (report?.nights ?? 0) + 1;
  const folder = join(published.folder, 'model');
  const rows = join(folder, rowsFile);
  const recommendations = join(published.folder, `recommendations.${format}`);
  const needed = [rows, recommendations, join(folder, 'recommender.json'), join(folder, 'item.json')];
  if (nights >= settings.fullEvery || !needed.every(file => existsSync(file))) return undefined;
  const before = await readRecommenderModel(folder);
  const model = await ItemNeighbours.load(folder, { name: 'item' });
  const popular = await Popularity.load(folder, { name: 'popular' });
  const interactions = await readInteractions(database, { weight: wanted.weight, customers: 'all' });
  const { matrix, items } = interactions;
  const names = await itemNames(database, items);
  const ids = Array.from({ length: items.length }, (_, item) => idText(items, item));
  const numberOf = new Map(ids.map((id, number) => [id, number]));
  const numbers = Int32Array.from(before.items, id => numberOf.get(id) ?? -1);
  // An item of another name is called so in the recommendations of customers who do not have it.
  if (numbers.some((number, item) => number < 0 || names[number] !== before.names[item])) return undefined;
  const inPlace = (counts: Int32Array) => {
    const placed = new Int32Array(ids.length);
    numbers.forEach((number, item) => {
      placed[number] = counts[item];
    });
    return placed;
  };
  const sold = Popularity.of(matrix);
  if (moved(sold.customersOf, inPlace(model.popularity.customersOf)) > settings.drift) return undefined;
  const own = await changedCustomers(run, rowTable(run, interactions, ids, names), rows);
  if (own.length > settings.most * matrix.rows) return undefined;
  const { neighbours, item: options } = wanted;
  await run.device(sparseCosineTopKCost(transpose(matrix), matrix, neighbours));
  const now = await new ItemNeighbours({ neighbours, ...options }).fit(matrix, { signal });
  const earlier = renumbered(model.similar, numbers, ids.length);
  const kept = keepNeighbours(now.similar, earlier, neighbours, settings.tolerance);
  const isToDo = new Uint8Array(matrix.rows);
  for (const customer of own) isToDo[customer] = 1;
  const { indptr, indices } = matrix;
  for (let row = 0; row < matrix.rows; row++) {
    for (let p = indptr[row]; p < indptr[row + 1]; p++) if (kept.replaced[indices[p]] === 1) isToDo[row] = 1;
  }
  const popularBefore = inPlace(popular.customersOf);
  const isAsPopular =
    sold.customers === popular.customers && sold.customersOf.every((count, i) => count === popularBefore[i]);
  if (!isAsPopular) {
    for (const customer of await filledCustomers(run, interactions, recommendations, wanted.count)) {
      isToDo[customer] = 1;
    }
  }
  const changed = Int32Array.from(isToDo.keys()).filter(row => isToDo[row] === 1);
  if (changed.length > settings.most * matrix.rows) return undefined;
  return {
    // What was sold in the last full night stays beside it, to compare with.
    model: ItemNeighbours.of(model.options, {
      similar: kept.similar,
      popularity: new Popularity(inPlace(model.popularity.customersOf), model.popularity.customers),
      items: ids,
    }),
    interactions,
    names,
    ids,
    changed,
    report: {
      since: report?.since ?? published.manifest.night,
      nights,
      items: kept.replaced.reduce((sum, one) => sum + one, 0),
      changed: changed.length,
      kept: matrix.rows - changed.length,
    },
    recommendations,
  };
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

/** Numbers of the customers some of whose places are filled with what is popular, or are empty. */
async function filledCustomers(
  { database, config }: Run,
  { customers }: Interactions,
  recommendations: string,
  count: number,
): Promise<Int32Array> {
  const name = database.newTable('numbers');
  const numbers = columnTable([
    {
      name: 'customer',
      type: 'text',
      values: Array.from({ length: customers.length }, (_, c) => idText(customers, c)),
    },
    { name: 'number', type: 'int32', values: Int32Array.from({ length: customers.length }, (_, c) => c) },
  ]);
  const table = await createTable(database, name, numbers);
  try {
    await appendTable(database, name, numbers);
    const rows = await database.rows<{ number: number }>(
      `SELECT number FROM ${table} ANTI JOIN (
         SELECT CAST(customer AS VARCHAR) AS customer FROM ${publishedRows(recommendations, config.output.format)}
         GROUP BY ALL HAVING count(*) = ${count} AND NOT bool_or(reason = ${literal(reasonText('popular', undefined))})
       ) USING (customer) ORDER BY number`,
    );
    return Int32Array.from(rows, ({ number }) => number);
  } finally {
    await database.run(`DROP TABLE ${table}`);
  }
}

/** SQL of the recommendations in a file. */
function publishedRows(file: string, format: OutputFormat): string {
  const path = literal(plainPath(file));
  return format === 'csv' ? `read_csv(${path}, header = true, types = ${csvTypes})` : `read_parquet(${path})`;
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

/** Scores as they were written, and ids as text: what they are is said by the other half. */
const csvTypes = `{'customer': 'VARCHAR', 'item': 'VARCHAR', 'rank': 'INTEGER', 'score': 'FLOAT', 'name': 'VARCHAR', 'reason': 'VARCHAR'}`;
