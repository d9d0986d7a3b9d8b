import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Database } from '../../../src/data/index.js';
import { loadConfig } from '../../../src/nightly/load-config.js';
import { run } from '../../../src/nightly/run.js';
import { dataset } from '../../datasets.js';

const retail = dataset('online-retail/OnlineRetail.csv.gz');
const sampleShop = resolve(import.meta.dirname, '../../../datasets/sample-shop/kindred.yaml');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kindred-incremental-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Shop {
  file: string;
  dataFolder: string;
  recommendations: object;
}

/** A night of what was sold before some moment, as SQL. */
async function night(
  { file, ...shop }: Shop,
  out: string,
  before: string,
  incremental: object,
  full = false,
) {
  const loaded = loadConfig({ file, dataFolder: shop.dataFolder });
  const { transactions } = loaded.config.sources;
  const time = `CAST(time AS TIMESTAMP) < TIMESTAMP '${before}'`;
  const config = loadConfig({
    file,
    dataFolder: shop.dataFolder,
    changes: {
      sources: {
        transactions: {
          clean: [...(transactions!.clean ?? []), { filter: { keep: time, because: 'later' } }],
        },
      },
      ...{ segments: false, value: false, gate: false },
      output: { format: 'parquet' },
      recommendations: { count: 10, ...shop.recommendations },
      incremental: { fullEvery: 7, ...incremental },
    },
  });
  const { manifest } = await run(config, { output: join(folder, out), night: true, full });
  return manifest;
}

const rowsIn = (out: string) => `read_parquet('${join(folder, out, 'recommendations.parquet')}')`;

/** Share of the recommendations of one output that the other has too, and whether all is the same. */
async function overlap(out: string, other: string): Promise<number> {
  const database = await Database.open({});
  try {
    const { all, both } = await database.row<{ all: number; both: number }>(
      `SELECT (SELECT count(*) FROM ${rowsIn(out)}) AS "all",
         (SELECT count(*) FROM ${rowsIn(out)} SEMI JOIN ${rowsIn(other)} USING (customer, item)) AS "both"`,
    );
    return both / all;
  } finally {
    await database.close();
  }
}

/** NDCG@10 of an output on what its customers bought for the first time in the week behind it. */
async function ndcg(out: string, { from, to }: { from: string; to: string }): Promise<number> {
  const database = await Database.open({});
  try {
    await database.run(
      `CREATE TABLE sold AS SELECT CustomerID AS customer, StockCode AS item,
         strptime(InvoiceDate, '%m/%d/%Y %H:%M') AS time
       FROM read_csv('${retail}', encoding = 'latin-1', all_varchar = true)
       WHERE CustomerID IS NOT NULL AND InvoiceNo NOT LIKE 'C%' AND CAST(Quantity AS INTEGER) > 0`,
    );
    await database.run(
      `CREATE TABLE bought AS SELECT DISTINCT customer, item FROM sold WHERE time >= '${from}' AND time < '${to}'
         AND customer IN (SELECT customer FROM sold WHERE time < '${from}')
         AND (customer, item) NOT IN (SELECT (customer, item) FROM sold WHERE time < '${from}')`,
    );
    const { mean } = await database.row<{ mean: number }>(
      `WITH gained AS (SELECT customer, sum(1 / log2(1 + rank)) AS gain FROM ${rowsIn(out)} SEMI JOIN bought USING (customer, item) GROUP BY ALL),
         best AS (SELECT customer, list_sum([1 / log2(1 + i) FOR i IN range(1, 1 + least(10, count(*)))]) AS gain FROM bought GROUP BY ALL)
       SELECT avg(coalesce(g.gain, 0) / b.gain) AS mean FROM best AS b LEFT JOIN gained AS g USING (customer)`,
    );
    return mean;
  } finally {
    await database.close();
  }
}

const asItself = { tolerance: 0, most: 1, drift: 1 };
const blend = { chain: ['blend', 'content', 'popular-in-country'], blend: ['als', 'item', 'customer'] };

describe.skipIf(!retail)('the last week of Online Retail on top of what was sold before it', () => {
  const shop = (recommendations: object): Shop => ({
    file: 'datasets/online-retail/kindred.yaml',
    dataFolder: dirname(retail!),
    recommendations,
  });
  const [weekBefore, lastWeek, end] = ['2011-11-25', '2011-12-02', '2011-12-10'];

  test.each<[string, object, number]>([
    ['item before favourites', { chain: ['item', 'popular-in-country'] }, 0.9],
    ['als before favourites', { chain: ['als', 'popular-in-country'] }, 0.8],
    ['a learnt blend', { ...blend, content: { texts: ['name'] } }, 0.8],
  ])('by %s has nearly the lists of a full night, as good as those', async (_, recommendations, least) => {
    const shopOf = shop(recommendations);
    await night(shopOf, 'out', weekBefore, {});
    const { incremental } = await night(shopOf, 'out', lastWeek, {});
    expect(incremental!.kept).toBeGreaterThan(incremental!.changed);
    await night(shopOf, 'whole', lastWeek, {}, true);
    const [same, kept, whole] = [
      await overlap('out', 'whole'),
      await ndcg('out', { from: lastWeek, to: end }),
      await ndcg('whole', { from: lastWeek, to: end }),
    ];
    expect(same).toBeGreaterThan(least);
    expect(Math.abs(kept - whole)).toBeLessThan(0.03 * whole);
  });

  test('is that of a full night where nothing may be off', async () => {
    const shopOf = shop({ chain: ['item', 'popular-in-country'] });
    await night(shopOf, 'out', lastWeek, {});
    const { incremental } = await night(shopOf, 'out', end, asItself);
    expect(incremental!.changed).toBeGreaterThan(0);
    await night(shopOf, 'whole', end, {}, true);
    expect(await overlap('out', 'whole')).toBe(1);
  });
});

describe('the last week of the sample shop on top of what was sold before it', () => {
  const shop = (recommendations: object): Shop => ({
    file: sampleShop,
    dataFolder: dirname(sampleShop),
    recommendations,
  });
  const [lastWeek, end] = ['2025-12-25', '2026-01-01'];

  test.each<[string, object, number]>([
    ['item', { chain: ['item'] }, 0.95],
    ['a learnt blend', blend, 0.85],
  ])('by %s has nearly the lists of a full night', async (_, recommendations, least) => {
    await night(shop(recommendations), 'out', lastWeek, {});
    const { incremental } = await night(shop(recommendations), 'out', end, {});
    expect(incremental!.kept).toBeGreaterThan(incremental!.changed);
    await night(shop(recommendations), 'whole', end, {}, true);
    const same = await overlap('out', 'whole');
    expect(same).toBeGreaterThan(least);
  });

  test('is that of a full night where nothing may be off', async () => {
    const shopOf = shop({ chain: ['item', 'content', 'popular-in-country'] });
    await night(shopOf, 'out', lastWeek, {});
    expect((await night(shopOf, 'out', end, asItself)).incremental).toBeDefined();
    await night(shopOf, 'whole', end, {}, true);
    expect(await overlap('out', 'whole')).toBe(1);
  });
});
