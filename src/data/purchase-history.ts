import type { Vector } from 'apache-arrow';
import { DataError, UsageError } from '../errors.js';
import { filledColumns, idBatches, readIds } from './chunk-reader.js';
import type { Database } from './database.js';
import { rangesInMemory } from './id-ranges.js';
import { unifyIds } from './integrity.js';
import { closeColumns, type KeptColumns, keptColumns } from './kept-column.js';
import { population, populationTable } from './population.js';
import { resolveSnapshot } from './snapshot.js';
import { literal } from './sql.js';

/** What models of repeat buying are fitted to, in days; NaN throughout for a customer without purchases. */
export interface PurchaseHistory {
  /** Days with a purchase after the first. */
  frequency: Float64Array;
  /** From the first to the last purchase. */
  recency: Float64Array;
  /** From the first purchase to the end of the observation. */
  T: Float64Array;
  /** Mean value of a day with a repeat purchase; 0 without. */
  monetary: Float64Array;
}

/** The columns of a {@link PurchaseHistory}, as they are kept. */
export const historyTypes = {
  frequency: 'float64',
  recency: 'float64',
  T: 'float64',
  monetary: 'float64',
} as const;

const splitTypes = { ...historyTypes, purchases: 'float64', spent: 'float64' } as const;

/** Purchases before and after a day, for a test of a model; see `HoldoutData`. */
export interface SplitHistory {
  /** The history before the day, and days with a purchase from it on with what they came to. */
  columns: KeptColumns<typeof splitTypes>;
  births: Float64Array;
  repeats: Float64Array;
  split: number;
}

/** Customers of a batch. */
const customersAtATime = 65_536;

/**
 * One row a customer and day with a purchase: who buys twice on a day has made one purchase, as in the literature.
 * Sums are taken in decimals, so that they are the same whatever the order of the rows.
 */
function daysSql(range = 'TRUE'): string {
  return `SELECT customer, CAST(time AS DATE) AS day, sum(CAST(amount AS DECIMAL(38, 10))) AS amount
    FROM transactions WHERE customer IS NOT NULL AND time IS NOT NULL AND ${range} GROUP BY ALL`;
}

/**
 * Last day of the observation as `2011-12-09`: that of the snapshot, or else that of the last transaction.
 * @throws DataError for transactions on later days
 */
export async function observationEnd(db: Database, snapshot?: string): Promise<string> {
  const moment = snapshot === undefined ? undefined : await resolveSnapshot(db, snapshot);
  const { end } = await db.row<{ end: string | null }>(
    moment === undefined
      ? 'SELECT CAST(CAST(max(time) AS DATE) AS VARCHAR) AS "end" FROM transactions'
      : `SELECT CAST(CAST(CAST(${literal(moment)} AS TIMESTAMP) AS DATE) AS VARCHAR) AS "end"`,
  );
  if (end === null) {
    throw new DataError({
      file: 'transactions',
      column: 'time',
      expected: 'times of transactions',
      found: 'none',
    });
  }
  const { later, last } = await db.row<{ later: number; last: string }>(
    `SELECT count(*) AS later, CAST(CAST(max(time) AS DATE) AS VARCHAR) AS last FROM transactions
     WHERE customer IS NOT NULL AND CAST(time AS DATE) > DATE ${literal(end)}`,
  );
  if (later === 0) return end;
  throw new DataError({
    file: 'transactions',
    column: db.sources.get('transactions')?.original('time') ?? 'time',
    expected: `no purchases after the end of the observation, ${end}`,
    found: `${later.toLocaleString('en')}, the last on ${last}`,
    hint: `Move the snapshot to the end of the data, or leave them out with the filter "time <= '${end}'".`,
  });
}

/** How many customers there are. */
export async function countCustomers(db: Database): Promise<number> {
  const { rows } = await db.row<{ rows: number }>(`SELECT count(*) AS rows FROM (${await population(db)})`);
  return rows;
}

/** Ids of all customers, in the order of `FeatureMatrix.ids`. */
export async function readCustomerIds(db: Database): Promise<Vector> {
  return readIds(db, `SELECT id FROM (${await population(db)}) ORDER BY id`);
}

/** The same, so many at a time. */
export async function* customerIdBatches(db: Database, size: number): AsyncGenerator<Vector> {
  yield* idBatches(db, `SELECT id FROM (${await population(db)}) ORDER BY id`, size);
}

/** Ranges of customers who are summed up at a time. */
async function rangesOf(db: Database, columns: number): Promise<string[]> {
  return rangesInMemory(db, await populationTable(db), { rows: await countCustomers(db), columns });
}

/** SQL of the summary of the purchases until a day: frequency, recency, T and monetary. */
async function historySql(db: Database, end: string, range: string): Promise<string> {
  return `SELECT CAST(x AS DOUBLE), CAST(last - first AS DOUBLE), CAST(DATE ${literal(end)} - first AS DOUBLE),
       CASE WHEN x > 0 THEN CAST(COALESCE(repeated, 0) AS DOUBLE) / x WHEN x = 0 THEN 0 END
     FROM (${await population(db)} AND ${range}) AS p LEFT JOIN (
       SELECT customer, count(*) - 1 AS x, min(day) AS first, max(day) AS last,
         sum(amount) - arg_min(COALESCE(amount, 0), day) AS repeated
       FROM (${daysSql(range)}) WHERE day <= DATE ${literal(end)} GROUP BY customer
     ) AS d ON d.customer = p.id ORDER BY p.id`;
}

/** Summary of the purchases until a day, up to so many customers at a time, in the order of `FeatureMatrix.ids`. */
export async function* purchaseHistoryBatches(
  db: Database,
  { end, size = customersAtATime }: { end: string; size?: number },
): AsyncGenerator<PurchaseHistory> {
  await unifyIds(db);
  const columns = Array.from({ length: 4 }, () => new Float64Array(size));
  for (const range of await rangesOf(db, columns.length)) {
    for await (const filled of filledColumns(db, await historySql(db, end, range), columns)) {
      const [frequency, recency, T, monetary] = columns.map(column => column.slice(0, filled));
      yield { frequency, recency, T, monetary };
    }
  }
}

/** Writes the summary of the purchases until a day to columns. */
export async function keepPurchaseHistory(
  db: Database,
  end: string,
  columns: KeptColumns<typeof historyTypes>,
): Promise<void> {
  let from = 0;
  for await (const history of purchaseHistoryBatches(db, { end })) {
    for (const [name, values] of Object.entries(history)) {
      await columns[name as keyof PurchaseHistory].write(from, values);
    }
    from += history.T.length;
  }
}

/** Checks the day from which on purchases are held out. */
async function splitDay(db: Database, given: string, end: string): Promise<string> {
  const { day, first } = await db.row<{ day: string | null; first: string }>(
    `SELECT CAST(TRY_CAST(${literal(given)} AS DATE) AS VARCHAR) AS day,
       CAST(min(CAST(time AS DATE)) AS VARCHAR) AS first FROM transactions WHERE customer IS NOT NULL`,
  );
  if (day === null) {
    throw new UsageError({
      column: 'holdout',
      expected: 'a date such as 2011-09-01',
      found: JSON.stringify(given),
    });
  }
  if (day > first && day <= end) return day;
  throw new UsageError({
    column: 'holdout',
    expected: `a date after the first purchase, ${first}, and not after the end of the observation, ${end}`,
    found: day,
    hint: 'Purchases before that date are learnt from, those from it on are predicted.',
  });
}

/**
 * Purchases cut in two: those before the day `split`, and those from it to `end`, of the customers of before.
 *
 * @param memory bytes that the columns may take before they are left on disk
 */
export async function readSplitHistory(
  db: Database,
  { split: given, end, memory }: { split: string; end: string; memory: number },
): Promise<SplitHistory> {
  const split = await splitDay(db, given, end);
  const { before } = await db.row<{ before: string }>(
    `SELECT CAST(CAST(DATE ${literal(split)} - 1 AS DATE) AS VARCHAR) AS before`,
  );
  const columns = keptColumns(db, splitTypes, await countCustomers(db), memory);
  try {
    await keepPurchaseHistory(db, before, columns);
    const [purchases, spent] = [new Float64Array(customersAtATime), new Float64Array(customersAtATime)];
    let from = 0;
    for (const range of await rangesOf(db, 2)) {
      const sql = `SELECT CAST(COALESCE(d.purchases, 0) AS DOUBLE), CAST(COALESCE(d.spent, 0) AS DOUBLE)
        FROM (${await population(db)} AND ${range}) AS p LEFT JOIN (
          SELECT customer, count(*) AS purchases, sum(amount) AS spent FROM (${daysSql(range)})
          WHERE day BETWEEN DATE ${literal(split)} AND DATE ${literal(end)} GROUP BY customer
        ) AS d ON d.customer = p.id ORDER BY p.id`;
      for await (const filled of filledColumns(db, sql, [purchases, spent])) {
        await columns.purchases.write(from, purchases.subarray(0, filled));
        await columns.spent.write(from, spent.subarray(0, filled));
        from += filled;
      }
    }
  } finally {
    await closeColumns(columns);
  }
  const { days, place } = await db.row<{ days: number; place: number }>(
    `SELECT DATE ${literal(end)} - first AS days, DATE ${literal(split)} - first AS place
     FROM (SELECT min(CAST(time AS DATE)) AS first FROM transactions WHERE customer IS NOT NULL)`,
  );
  const births = new Float64Array(days + 1);
  const repeats = new Float64Array(days + 1);
  const daily = await db.rows<{ day: number; born: number; again: number }>(
    `WITH days AS (${daysSql()}), born AS (SELECT customer, min(day) AS first FROM days GROUP BY customer)
     SELECT day - (SELECT min(first) FROM born) AS day, count(*) FILTER (day = first) AS born,
       count(*) FILTER (day > first) AS again
     FROM days JOIN born USING (customer) WHERE first < DATE ${literal(split)} AND day <= DATE ${literal(end)} GROUP BY 1`,
  );
  for (const { day, born, again } of daily) {
    births[day] = born;
    repeats[day] = again;
  }
  return { columns, births, repeats, split: place };
}
