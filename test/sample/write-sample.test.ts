import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Interrupted, UsageError } from '../../src/errors.js';
import { type SampleSummary, writeSample } from '../../src/sample/write-sample.js';
import { BgNbd } from '../../src/value/bg-nbd.js';
import { summarisePurchases } from '../../src/value/purchase-summary.js';
import { adjustedRand, correlation, plainClusters } from './recovery.js';

const TABLES = ['customers', 'transactions', 'browsing', 'feedback', 'truth', 'items', 'truth-items'];
const CUSTOMERS = 3000;

let folder: string;
let summary: SampleSummary;
let instance: DuckDBInstance;
let connection: DuckDBConnection;

async function rows<T>(sql: string): Promise<T[]> {
  const reader = await connection.runAndReadAll(sql);
  return reader.getRowObjectsJS() as T[];
}

async function count(sql: string): Promise<number> {
  const [row] = await rows<{ n: bigint }>(`SELECT count(*) AS n FROM ${sql}`);
  return Number(row!.n);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kindred-sample-'));
  summary = await writeSample({ customers: CUSTOMERS, seed: 5, folder: join(folder, 'shop') });
  instance = await DuckDBInstance.create();
  connection = await instance.connect();
  for (const name of TABLES) {
    const path = join(folder, 'shop', `${name}.csv`);
    await connection.run(`CREATE TABLE "${name}" AS FROM read_csv('${path}', sample_size = -1)`);
  }
  await connection.run(`CREATE TABLE clean AS FROM (SELECT DISTINCT * FROM transactions)
    WHERE customer_id IS NOT NULL AND order_id NOT LIKE 'C%' AND unit_price > 0 AND quantity < 500`);
});

afterAll(async () => {
  connection.closeSync();
  instance.closeSync();
  await rm(folder, { recursive: true });
});

describe('the files of a sample shop', () => {
  it('hold as many rows as the summary says and as were asked for', async () => {
    expect((await readdir(join(folder, 'shop'))).sort()).toEqual(TABLES.map(name => `${name}.csv`).sort());
    expect(summary.files).toHaveLength(TABLES.length);
    for (const [name, expected] of Object.entries(summary.rows)) {
      expect(await count(name), name).toBe(expected);
    }
    expect(summary.rows.truth).toBe(CUSTOMERS);
    expect(Math.abs(summary.rows.transactions! / CUSTOMERS - 20)).toBeLessThan(2);
  });

  it('are the same for a seed, and others for another', async () => {
    const texts = async (seed: number, name: string) => {
      await writeSample({
        customers: 200,
        items: 60,
        transactionsPerCustomer: 6,
        seed,
        folder: join(folder, name),
      });
      return Promise.all(TABLES.map(table => readFile(join(folder, name, `${table}.csv`), 'utf8')));
    };
    const first = await texts(1, 'first');
    expect(await texts(1, 'again')).toEqual(first);
    expect(await texts(2, 'other')).not.toEqual(first);
  });

  it('say the same in Parquet', async () => {
    await writeSample({ customers: 200, seed: 1, folder: join(folder, 'csv') });
    await writeSample({ customers: 200, seed: 1, folder: join(folder, 'parquet'), format: 'parquet' });
    for (const name of TABLES) {
      const parquet = join(folder, 'parquet', `${name}.parquet`);
      const described = await rows<{ column_name: string; column_type: string }>(
        `DESCRIBE FROM '${parquet}'`,
      );
      const types = described.map(column => `'${column.column_name}': '${column.column_type}'`);
      const csv = `read_csv('${join(folder, 'csv', `${name}.csv`)}', columns = {${types}})`;
      expect(await count(`(FROM '${parquet}' EXCEPT ALL FROM ${csv})`), name).toBe(0);
      expect(await count(`'${parquet}'`), name).toBe(await count(csv));
    }
  });

  it('are not left behind half written when stopped', async () => {
    const stopped = join(folder, 'stopped');
    const running = writeSample({ customers: 100, folder: stopped, signal: AbortSignal.abort() });
    await expect(running).rejects.toThrow(Interrupted);
    expect(existsSync(stopped)).toBe(false);
  });

  it('are refused for sizes that make no shop', async () => {
    await expect(writeSample({ customers: 0, folder })).rejects.toThrow(UsageError);
    await expect(writeSample({ customers: 10, items: 3, folder })).rejects.toThrow('items');
    await expect(writeSample({ customers: 10, transactionsPerCustomer: 1, folder })).rejects.toThrow(
      UsageError,
    );
  });
});

describe('the shop', () => {
  it('sells things of distinct names to customers it knows, after they signed up and while it has them', async () => {
    expect(await count('(SELECT DISTINCT name FROM items)')).toBe(summary.rows.items);
    expect(await count('transactions ANTI JOIN items USING (sku)')).toBe(0);
    expect(await count('clean ANTI JOIN customers USING (customer_id)')).toBe(0);
    expect(await count('clean JOIN customers USING (customer_id) WHERE ordered_at < signed_up')).toBe(0);
    expect(await count('clean JOIN items USING (sku) WHERE ordered_at < added')).toBe(0);
    expect(await count(`transactions WHERE ordered_at NOT BETWEEN '2024-01-01' AND '2025-12-31 23:59'`)).toBe(
      0,
    );
    expect(await count('feedback WHERE rating NOT BETWEEN 1 AND 5')).toBe(0);
  });

  it('has dirt for the cleaning to find', async () => {
    expect(await count('transactions WHERE customer_id IS NULL')).toBeGreaterThan(100);
    expect(await count(`transactions WHERE order_id LIKE 'C%' AND quantity < 0`)).toBeGreaterThan(100);
    expect(await count('transactions WHERE quantity >= 1000')).toBeGreaterThan(3);
    expect(await count('transactions WHERE unit_price = 0')).toBeGreaterThan(10);
    expect(await count('transactions')).toBeGreaterThan(await count('(SELECT DISTINCT * FROM transactions)'));
    expect(await count('customers WHERE age IS NULL OR gender IS NULL')).toBeGreaterThan(100);
    expect(await count('customers WHERE age = 0 OR age > 120')).toBeGreaterThan(0);
  });

  it('has customers that k-means finds to be of the planted segments', async () => {
    const table = await rows<Record<string, number> & { segment: string }>(`
      SELECT segment, date_diff('day', max(ordered_at), TIMESTAMP '2026-01-01')::DOUBLE AS recency,
        ln(count(DISTINCT order_id))::DOUBLE AS frequency, ln(sum(quantity * unit_price))::DOUBLE AS monetary,
        avg(discount)::DOUBLE AS discount, avg((month(ordered_at) >= 11)::INTEGER)::DOUBLE AS late,
        date_diff('day', min(signed_up), DATE '2026-01-01')::DOUBLE AS tenure
      FROM clean JOIN customers USING (customer_id) JOIN truth USING (customer_id) GROUP BY customer_id, segment ORDER BY customer_id`);
    const features = table.map(({ segment, ...rest }) => Object.values(rest));
    const agreement = adjustedRand(
      plainClusters(features, 6),
      table.map(row => row.segment),
    );
    expect(agreement).toBeGreaterThan(0.5);
  });

  it('has customers who buy what they like', async () => {
    const table = await rows<{ taste: string; favourite: string }>(`
      WITH spent AS (SELECT customer_id, category, count(*) AS n FROM clean JOIN items USING (sku)
        WHERE category <> 'Feasts and Seasons' GROUP BY ALL)
      SELECT taste, arg_max(category, n) AS favourite FROM spent JOIN truth USING (customer_id) GROUP BY customer_id, taste`);
    const agreement = adjustedRand(
      table.map(row => row.taste),
      table.map(row => row.favourite),
    );
    expect(agreement).toBeGreaterThan(0.4);
  });

  it('has customers whose later purchases a lifetime value model foresees', async () => {
    const events = await rows<{ customer: number; day: number }>(`
      SELECT customer_id[2:]::INTEGER - 1 AS customer, date_diff('day', DATE '2024-01-01', ordered_at) AS day
      FROM clean GROUP BY order_id, customer_id, ordered_at`);
    const end = 500;
    const known = events.filter(event => Number(event.day) <= end);
    const summary = summarisePurchases({
      customer: known.map(event => event.customer),
      time: known.map(event => Number(event.day)),
      customers: CUSTOMERS,
      end,
    });
    const bought = Array.from(summary.T, (_, customer) => customer).filter(
      customer => summary.T[customer]! >= 0,
    );
    const of = (column: Float64Array) => bought.map(customer => column[customer]!);
    const histories = { frequency: of(summary.frequency), recency: of(summary.recency), T: of(summary.T) };
    const model = new BgNbd().fit(histories);
    expect(model.converged).toBe(true);
    const foreseen = model.predict(histories, 160);
    const later = new Float64Array(CUSTOMERS);
    for (const { customer, day } of events)
      if (Number(day) > end && Number(day) <= end + 160) later[customer]!++;
    const actual = bought.map(customer => later[customer]!);
    const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);
    expect(sum(foreseen) / sum(actual)).toBeGreaterThan(0.7);
    expect(sum(foreseen) / sum(actual)).toBeLessThan(1.4);
    expect(correlation(foreseen, actual)).toBeGreaterThan(0.7);
  });

  it('puts companions into the same basket, far more often than by chance', async () => {
    const [row] = await rows<{ lift: number }>(`
      WITH lines AS (SELECT DISTINCT order_id, sku FROM clean),
        n AS (SELECT count(DISTINCT order_id) AS orders FROM lines),
        popular AS (SELECT sku, count(*) AS n FROM lines GROUP BY sku),
        pairs AS (SELECT a.sku, "truth-items".companion, count(*) AS together FROM lines a
          JOIN "truth-items" USING (sku) JOIN lines b ON b.order_id = a.order_id AND b.sku = companion GROUP BY ALL)
      SELECT median(together * orders / (p.n * q.n))::DOUBLE AS lift FROM pairs, n
        JOIN popular p ON p.sku = pairs.sku JOIN popular q ON q.sku = pairs.companion`);
    expect(row!.lift).toBeGreaterThan(8);
  });

  it('is rated higher where it meets the taste', async () => {
    const [row] = await rows<{ apart: number }>(`
      WITH liked AS (SELECT customer_id, category, count(*) AS n FROM clean JOIN items USING (sku) GROUP BY ALL)
      SELECT corr(rating, ln(n))::DOUBLE AS apart FROM feedback JOIN items USING (sku) JOIN liked USING (customer_id, category)`);
    expect(row!.apart).toBeGreaterThan(0.2);
  });
});
