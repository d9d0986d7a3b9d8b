import { rmSync } from 'node:fs';
import { DataError, UsageError } from '../errors.js';
import { filledColumns } from './chunk-reader.js';
import { isNumeric, isTime, originalNames, requireColumn, tableColumns } from './columns.js';
import { wrongType } from './convert.js';
import type { Database } from './database.js';
import { decimalCommaHint, isDecimalComma } from './decimal-comma.js';
import { type BuiltIn, builtIns, type FeatureObject } from './feature.js';
import { plainPath } from './files.js';
import { rangesInMemory } from './id-ranges.js';
import { requireUnique, unifyIds } from './integrity.js';
import { type KeptColumn, keptColumns } from './kept-column.js';
import { nonFinite } from './non-finite.js';
import { hasCustomers, population, populationTable } from './population.js';
import { rowsOfGroup } from './row-groups.js';
import { ascends } from './source-table.js';
import { identifier, literal } from './sql.js';
import { askedInSql } from './user-sql.js';

/** Where a feature's values come from. */
export interface FeatureOrigin {
  name: string;
  source: string;
  kind: BuiltIn | 'sql' | 'column';
  /** SQL of the aggregate, or name of the column. */
  from?: string;
  /** Whether the values are categories, not numbers. */
  categorical: boolean;
}

/** How rows are put in the order of the ids. */
interface IdOrder {
  /** `[rows]`, the place of each row by its id. */
  places: KeptColumn<'int32'>;
  /** Rows that may be put in order at a time. */
  atATime: number;
}

/** Bytes of a customer's feature in memory: scaled in float32, and as it was in float64. */
export const bytesPerFeature = 12;

/** A table of raw features: its name for SQL, and its customers. */
export interface RawTable {
  table: string;
  rows: number;
  /** How its rows are put in the order of the ids, where they are not. */
  order?: IdOrder;
  /** Lets go of it. */
  drop(): Promise<void>;
}

/** Share of the memory of the data engine that a table of raw features may take. */
const shareOfTable = 1 / 4;

/**
 * Makes a table of what a query gives, which is asked for a range of ids at a time; one that would be large for the memory of
 * the data engine is left on disk.
 */
async function tableOf(
  db: Database,
  query: (range: string) => string,
  { own, rows, columns }: { own: string; rows: number; columns: number },
): Promise<RawTable> {
  const table = `kindred.${identifier(db.newTable('features'))}`;
  if (8 * rows * columns <= shareOfTable * db.memory) {
    await db.run(`CREATE TABLE ${table} AS ${query('TRUE')}`);
    return { table, rows, drop: async () => void (await db.run(`DROP TABLE ${table}`)) };
  }
  const size = rowsOfGroup(columns, db.memory);
  const files: string[] = [];
  for (const range of await rangesInMemory(db, own, { rows, columns })) {
    const file = db.scratchFile('features');
    files.push(file);
    await db.run(
      `COPY (${query(range)}) TO ${literal(file)} (FORMAT parquet, COMPRESSION lz4_raw, ROW_GROUP_SIZE ${size}, USE_TMP_FILE false)`,
    );
  }
  const all = files.map(file => literal(plainPath(file))).join(', ');
  return viewOf(db, `SELECT * FROM read_parquet([${all}])`, rows, () => {
    for (const file of files) rmSync(file);
  });
}

/** Rows that are put in order at a time at least. */
const leastAtATime = 65_536;

/** The place that each row of a table has by its id; it and what is put in order take half of the memory each at most. */
async function orderOf(db: Database, { table, rows }: RawTable, memory: number): Promise<IdOrder> {
  const { places } = keptColumns(db, { places: 'int32' }, rows, memory / 2);
  const numbered = `SELECT id, row_number() OVER () AS row FROM ${table}`;
  const placed = `SELECT row, CAST(row_number() OVER (ORDER BY id) - 1 AS INTEGER) AS place FROM (${numbered})`;
  const some = new Int32Array(leastAtATime);
  let from = 0;
  try {
    for await (const filled of filledColumns(db, `SELECT place FROM (${placed}) ORDER BY row`, [some])) {
      await places.write(from, some.subarray(0, filled));
      from += filled;
    }
  } finally {
    await places.close();
  }
  return { places, atATime: Math.max(leastAtATime, Math.floor(memory / 2 / 8)) };
}

async function viewOf(db: Database, query: string, rows: number, done = () => {}): Promise<RawTable> {
  const table = `kindred.${identifier(db.newTable('features'))}`;
  await db.run(`CREATE VIEW ${table} AS ${query}`);
  const drop = async () => {
    await db.run(`DROP VIEW ${table}`);
    done();
  };
  return { table, rows, drop };
}

/** Tells where a declared feature comes from. */
export function featureOrigin({ name, source, sql, column, encode }: FeatureObject): FeatureOrigin {
  const categorical = encode === 'one-hot';
  if (sql !== undefined)
    return { name, source: source ?? 'transactions', kind: 'sql', from: sql, categorical };
  if (column !== undefined)
    return { name, source: source ?? 'customers', kind: 'column', from: column, categorical };
  const builtIn = builtIns.find(each => each === name);
  if (builtIn) return { name, source: source ?? 'transactions', kind: builtIn, categorical: false };
  throw new UsageError({
    expected: 'a feature with `sql` or `column`, or one named recency, frequency or monetary',
    found: `"${name}" with neither`,
    key: 'features',
  });
}

const needs: Record<BuiltIn, { role: string; why: string }> = {
  recency: { role: 'time', why: '`columns: { time: … }`' },
  frequency: { role: 'customer', why: '`columns: { customer: … }`' },
  monetary: { role: 'amount', why: '`columns: { amount: … }`, or quantity and price' },
};

/**
 * SQL of a built-in feature over the rows of one customer: recency in whole days, frequency as distinct baskets
 * (distinct times where there are no baskets, rows where there are neither), monetary as the sum of the amounts.
 * That sum is taken in decimals of ten places: exact, and the same whatever the order of the rows.
 */
async function builtIn(
  db: Database,
  { kind, source, name }: FeatureOrigin,
  snapshot?: string,
): Promise<string> {
  const names = new Set((await tableColumns(db, source)).map(column => column.name));
  const { role, why } = needs[kind as BuiltIn];
  if (!names.has(role))
    throw new DataError({
      expected: `a column of the role "${role}" for the feature ${name}`,
      found: `only ${[...names].join(', ')}`,
      file: source,
      hint: `Declare it: ${why}.`,
    });
  if (kind === 'recency') return `date_sub('day', max(time), CAST(${literal(snapshot!)} AS TIMESTAMP))`;
  if (kind === 'monetary') {
    const problem = await nonFinite(db, source, 'amount', {
      need: 'summable',
      where: 'customer IS NOT NULL',
    });
    if (problem) throw problem;
    return 'sum(CAST(amount AS DECIMAL(38, 10)))';
  }
  return names.has('basket')
    ? 'count(DISTINCT basket)'
    : names.has('time')
      ? 'count(DISTINCT time)'
      : 'count(*)';
}

async function aggregate(db: Database, origin: FeatureOrigin, snapshot?: string): Promise<string> {
  const target = origin.categorical ? 'VARCHAR' : 'DOUBLE';
  if (origin.kind !== 'sql') return `CAST(${await builtIn(db, origin, snapshot)} AS ${target})`;
  const sql = `(${origin.from}\n)`;
  const names = (await tableColumns(db, origin.source)).map(column => column.name);
  const original = originalNames(db, origin.source);
  const place = { key: `features.${origin.name}.sql`, names, sql: origin.from, original };
  const [{ column_type: type }] = await askedInSql(
    () =>
      db.rows<{ column_type: string }>(
        `DESCRIBE SELECT ${sql} AS value FROM ${identifier(origin.source)} GROUP BY customer`,
      ),
    place,
  );
  if (!origin.categorical && !isNumeric(type) && type !== 'BOOLEAN')
    throw new UsageError({
      expected: 'an aggregate that gives a number',
      found: `one that gives ${type}`,
      key: place.key,
      hint: 'Turn it into a number, or declare `encode: one-hot`.',
    });
  return `CAST(${sql} AS ${target})`;
}

async function columnValue(db: Database, origin: FeatureOrigin): Promise<string> {
  const { name, type } = await requireColumn(db, origin.source, origin.from!);
  const column = identifier(name);
  if (origin.categorical) return `CAST(${column} AS VARCHAR)`;
  if (isNumeric(type) || type === 'BOOLEAN') return `CAST(${column} AS DOUBLE)`;
  const [bad] = await db.rows<{ value: unknown }>(
    `SELECT ${column} AS value FROM ${identifier(origin.source)}
     WHERE ${column} IS NOT NULL AND TRY_CAST(CAST(${column} AS VARCHAR) AS DOUBLE) IS NULL LIMIT 1`,
  );
  const hint = isTime(type)
    ? `Take a number from it in SQL, such as \`sql: date_diff('day', min(${name}), now()::TIMESTAMP)\`.`
    : isDecimalComma(bad?.value)
      ? decimalCommaHint
      : 'Encode it with `encode: one-hot` if it holds categories; mend the values, or name them under `nulls` of the source if they stand for missing ones.';
  if (bad) throw await wrongType(db, db.sources.get(origin.source), name, 'DOUBLE', bad.value, hint);
  return `TRY_CAST(CAST(${column} AS VARCHAR) AS DOUBLE)`;
}

/**
 * Makes a table of one row per customer, sorted by id: `id`, then `f0`, `f1`, … of the features, NULL where a
 * customer has none. Numbers are float64, categories text. It can be larger than the memory.
 *
 * @param memory bytes that all features may take at hand: more are too much to be sorted, and where they are columns of the
 * customers as they stand, the table then has an `order`.
 */
export async function rawFeatures(
  db: Database,
  origins: readonly FeatureOrigin[],
  snapshot?: string,
  memory = Number.POSITIVE_INFINITY,
): Promise<RawTable> {
  await unifyIds(db);
  const bySource = new Map<string, { aggregates: string[]; columns: string[] }>();
  const selected: string[] = [];
  for (const [index, origin] of origins.entries()) {
    if (!(await hasCustomers(db, origin.source)))
      throw new DataError({
        expected: `a source "${origin.source}" with a column of the role "customer" for the feature ${origin.name}`,
        found: `the sources ${[...db.sources.keys()].join(', ') || '(none)'}`,
        hint: `Declare it: \`sources: { ${origin.source}: { path: …, columns: { customer: … } } }\`.`,
      });
    const side = bySource.get(origin.source) ?? { aggregates: [], columns: [] };
    bySource.set(origin.source, side);
    const isColumn = origin.kind === 'column';
    const value = isColumn ? await columnValue(db, origin) : await aggregate(db, origin, snapshot);
    (isColumn ? side.columns : side.aggregates).push(`${value} AS f${index}`);
    const number = origin.categorical ? `f${index}` : `CAST(f${index} AS DOUBLE)`;
    selected.push(`${number} AS f${index}`);
  }
  const own = await populationTable(db);
  let everybody = await population(db);
  let isOwn = false;
  const joined: ((range: string) => string)[] = [];
  for (const [source, { aggregates, columns }] of bySource) {
    const from = `FROM ${identifier(source)} WHERE customer IS NOT NULL`;
    if (aggregates.length > 0)
      joined.push(
        range => `SELECT customer AS id, ${aggregates.join(', ')} ${from} AND ${range} GROUP BY customer`,
      );
    if (columns.length === 0) continue;
    await requireUnique(db, source, 'customer');
    const select = `SELECT customer AS id, ${columns.join(', ')} ${from}`;
    // Columns of the customers themselves need not be joined to them.
    if (source === own) [everybody, isOwn] = [select, true];
    else joined.push(range => `${select} AND ${range}`);
  }
  const { rows } = await db.row<{ rows: number }>(`SELECT count(*) AS rows FROM (${everybody})`);
  const query = (range = 'TRUE') => {
    const joins = joined.map((side, i) => `LEFT JOIN (${side(range)}) AS s${i} ON s${i}.id = p.id`);
    return `SELECT p.id AS id, ${selected.join(', ')} FROM (${everybody} AND ${range}) AS p ${joins.join(' ')}`;
  };
  // What is sorted as it stands need not be written once more.
  const stands = joined.length === 0 && isOwn && (await ascends(db, own, 'customer'));
  const create = async () => {
    if (stands) return viewOf(db, query(), rows);
    const table = { own, rows, columns: selected.length + 1 };
    if (joined.length > 0 || !isOwn || bytesPerFeature * rows * origins.length <= memory)
      return tableOf(db, range => `${query(range)} ORDER BY p.id`, table);
    const view = await viewOf(db, query(), rows);
    return { ...view, order: await orderOf(db, view, memory) };
  };
  const place = { key: 'features', names: [] };
  // The sums of a user's own SQL may be floating: see `inOrder`.
  const usesSql = origins.some(({ kind }) => kind === 'sql');
  if (rows > 0) return askedInSql(() => (usesSql ? db.inOrder(create) : create()), place);
  throw new DataError({
    expected: 'customers',
    found: 'none',
    file: db.sources.get(own)?.files[0] ?? own,
    column: db.sources.get(own)?.original('customer'),
    hint: 'Check the column of the role "customer".',
  });
}
