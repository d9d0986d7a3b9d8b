import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { firstLine } from '../data/database.js';
import {
  type Database,
  filledColumns,
  type KeptColumn,
  keptColumns,
  literal,
  population,
  readArrowFiles,
} from '../data/index.js';
import { DataError, Interrupted, KindredError } from '../errors.js';

/** The table of the customers of earlier results. */
export interface PreviousCustomers {
  path: string;
  format: 'parquet' | 'csv' | 'arrow';
  /** How many they are. */
  count: number;
}

/** Customers who are read at a time. */
const customersAtATime = 65_536;

/** Gives `work` SQL for their ids, as text, and the numbers of their segments, in the order of the file. */
async function reading<T>(
  database: Database,
  { path, format }: Pick<PreviousCustomers, 'path' | 'format'>,
  work: (sql: string) => Promise<T>,
): Promise<T> {
  const arrow = format === 'arrow' ? await readArrowFiles(database, [{ path, bytes: 0 }]) : undefined;
  const source =
    arrow ??
    (format === 'csv'
      ? `read_csv(${literal(path)}, all_varchar = true${database.textOptions})`
      : `read_parquet(${literal(path)})`);
  try {
    return await work(
      `SELECT CAST(customer AS VARCHAR) AS customer, COALESCE(CAST(segment AS INTEGER), -1) AS segment FROM ${source}`,
    );
  } finally {
    if (arrow) await database.run(`DROP TABLE ${arrow}`);
  }
}

/**
 * The customers of the results in a folder; undefined where they were not kept, or had no segments.
 *
 * @throws DataError for a file that cannot be read
 */
export async function previousCustomers(
  database: Database,
  folder: string,
): Promise<PreviousCustomers | undefined> {
  const at = (format: string) => join(folder, `customers.${format}`);
  const format = (['parquet', 'csv', 'arrow'] as const).find(each => existsSync(at(each)));
  if (format === undefined) return undefined;
  const file = { path: at(format), format };
  try {
    const count = await reading(database, file, sql =>
      database.row<{ count: number }>(`SELECT count(segment) AS count FROM (${sql})`),
    );
    return { ...file, ...count };
  } catch (error) {
    if (String(error).includes('Binder Error')) return undefined;
    if (error instanceof KindredError || error instanceof Interrupted) throw error;
    throw new DataError({
      file: file.path,
      expected: 'the customers of earlier results, each with the number of a segment',
      found: firstLine(error),
      hint: 'The file is damaged: take other results to compare with, or leave the comparison out with `drift: false`.',
      cause: error,
    });
  }
}

/**
 * Keeps the earlier segments of the customers of now, in the order of their features: -1 for noise, -2 for a customer who was not
 * there.
 *
 * @param memory bytes that they may take before they are left on disk.
 */
export async function keepPreviousLabels(
  database: Database,
  earlier: PreviousCustomers,
  customers: number,
  memory: number,
): Promise<KeptColumn<'int32'>> {
  const { labels } = keptColumns(database, { labels: 'int32' }, customers, memory);
  const some = new Int32Array(customersAtATime);
  const now = await population(database);
  let from = 0;
  try {
    // Of a customer who is there twice, the last one counts.
    await reading(database, earlier, async sql => {
      for await (const filled of filledColumns(
        database,
        `SELECT COALESCE(e.segment, -2) AS segment FROM (${now}) AS p
         LEFT JOIN (SELECT customer, last(segment) AS segment FROM (${sql}) GROUP BY customer) AS e
         ON e.customer = CAST(p.id AS VARCHAR) ORDER BY p.id`,
        [some],
      )) {
        await labels.write(from, some.subarray(0, filled));
        from += filled;
      }
    });
  } finally {
    await labels.close();
  }
  return labels;
}

/** The earlier customers who are not among those of now, with their segments, in batches. */
export async function* goneCustomers(
  database: Database,
  earlier: PreviousCustomers,
): AsyncGenerator<{ ids: string[]; segments: number[] }> {
  const now = await population(database);
  const gone = database.newTable('gone');
  await reading(database, earlier, sql =>
    database.run(
      `CREATE TABLE kindred.${gone} AS SELECT customer, segment FROM (SELECT *, row_number() OVER () AS place FROM (${sql})) AS e
       WHERE NOT EXISTS (SELECT 1 FROM (${now}) AS p WHERE CAST(p.id AS VARCHAR) = e.customer) ORDER BY place`,
    ),
  );
  for await (const chunk of database.stream(`SELECT customer, segment FROM kindred.${gone}`)) {
    yield {
      ids: chunk.getColumnValues(0) as string[],
      segments: chunk.getColumnValues(1) as number[],
    };
  }
  await database.run(`DROP TABLE kindred.${gone}`);
}
