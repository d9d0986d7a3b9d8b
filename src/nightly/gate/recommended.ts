import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { plainPath } from '../../data/files.js';
import type { Database, OutputFormat } from '../../data/index.js';
import { readArrowFiles } from '../../data/readers/arrow.js';
import { identifier, literal } from '../../data/sql.js';
import { type GateSample, sampleOf } from './measure.js';

/** SQL of the recommendations that a night has written, `customer` and `item` as text; undefined where it has none. */
export async function recommendedSql(
  database: Database,
  folder: string,
  format: OutputFormat,
): Promise<string | undefined> {
  const path = join(folder, `recommendations.${format}`);
  if (!existsSync(path)) return undefined;
  const text = 'SELECT CAST(customer AS VARCHAR) AS customer, CAST(item AS VARCHAR) AS item FROM';
  const file = literal(plainPath(path));
  if (format === 'parquet') return `${text} read_parquet(${file})`;
  if (format === 'csv') return `${text} read_csv(${file}, header = true, all_varchar = true)`;
  return `${text} ${await readArrowFiles(database, [{ path, bytes: statSync(path).size }])}`;
}

/** Number of items that are recommended to anyone. */
export async function recommendedItems(database: Database, sql: string): Promise<number> {
  return (await database.row<{ items: number }>(`SELECT count(DISTINCT item) AS items FROM (${sql})`)).items;
}

/**
 * The share of tonight's recommendations that the customer did not have before, over a sample of the customers who have
 * recommendations in both nights; undefined where there are none.
 */
export async function churnOf(
  database: Database,
  now: string,
  before: string,
  sample: number,
): Promise<{ share: number; sample?: GateSample } | undefined> {
  const table = (purpose: string) => `kindred.${identifier(database.newTable(purpose))}`;
  const [sampled, kept] = [table('sampled'), table('before')];
  try {
    await database.run(
      `CREATE TABLE ${sampled} AS SELECT customer, count(*) OVER () AS "of" FROM (SELECT DISTINCT customer FROM (${now}))
       SEMI JOIN (${before}) USING (customer) ORDER BY md5(customer), customer LIMIT ${sample}`,
    );
    await database.run(`CREATE TABLE ${kept} AS FROM (${before}) SEMI JOIN ${sampled} USING (customer)`);
    const { all, again, customers, of } = await database.row<
      Record<'all' | 'again' | 'customers' | 'of', number>
    >(
      `WITH tonight AS (FROM (${now}) SEMI JOIN ${sampled} USING (customer))
       SELECT (SELECT count(*) FROM tonight) AS "all",
         (SELECT count(*) FROM ${sampled}) AS customers, (SELECT coalesce(max("of"), 0) FROM ${sampled}) AS "of",
         (SELECT count(*) FROM tonight SEMI JOIN ${kept} USING (customer, item)) AS again`,
    );
    return all > 0 ? { share: 1 - again / all, sample: sampleOf(customers, of) } : undefined;
  } finally {
    for (const name of [sampled, kept]) await database.run(`DROP TABLE IF EXISTS ${name}`);
  }
}
