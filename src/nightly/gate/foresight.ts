import { identifier } from '../../data/sql.js';
import { accuracy, type Events, leaveLastOut } from '../../evaluate/index.js';
import { sparseCosineTopKCost, transpose } from '../../ops/index.js';
import type { Recommender } from '../../recommend/index.js';
import { partsOf } from '../config/recommendations.js';
import { chainFrom, fitPart } from '../recommend/fit.js';
import type { Run } from '../stage.js';
import type { GateSettings } from './measure.js';

/** Recommenders that the test can fit to the sample: others ask for more than purchases. */
const learntFromPurchases = ['als', 'item', 'customer'];

/** How well recommendations foresee the item that each customer of a sample bought last. */
export interface Foresight {
  customers: number;
  hitRate: number;
  ndcg: number;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The first purchase of each item by each customer of the sample, in numbers. */
async function sampledEvents({ database }: Run, sample: number): Promise<Events> {
  const table = `kindred.${identifier(database.newTable('held_out'))}`;
  // By a hash of the id, so that it is much the same sample every night.
  await database.run(
    `CREATE TABLE ${table} AS
     WITH pairs AS (
       SELECT CAST(customer AS VARCHAR) AS customer, CAST(item AS VARCHAR) AS item, min(time) AS time
       FROM transactions WHERE customer IS NOT NULL AND item IS NOT NULL AND time IS NOT NULL GROUP BY ALL
     ), sampled AS (
       SELECT customer FROM pairs GROUP BY customer HAVING count(*) > 1 ORDER BY md5(customer), customer LIMIT ${sample}
     )
     SELECT dense_rank() OVER (ORDER BY customer) - 1 AS customer, dense_rank() OVER (ORDER BY item) - 1 AS item,
       epoch(CAST(time AS TIMESTAMP)) AS time
     FROM pairs SEMI JOIN sampled USING (customer) ORDER BY customer, time, item`,
  );
  try {
    const rows = await database.rows<{ customer: number; item: number; time: number }>(
      `SELECT * FROM ${table} ORDER BY customer, time, item`,
    );
    const customer = Int32Array.from(rows, row => row.customer);
    const item = Int32Array.from(rows, row => row.item);
    const most = (numbers: Int32Array) => numbers.reduce((greatest, n) => Math.max(greatest, n + 1), 0);
    return {
      customers: most(customer),
      items: most(item),
      customer,
      item,
      time: Float64Array.from(rows, row => row.time),
    };
  } finally {
    await database.run(`DROP TABLE ${table}`);
  }
}

/**
 * Recommends from what a sample of customers had before their last new item, and looks whether that item is among the first
 * places; undefined where transactions have no times, or nobody bought two items.
 */
export async function foresight(run: Run, { sample, at }: GateSettings): Promise<Foresight | undefined> {
  const { config, database, device, signal } = run;
  const { recommendations: wanted, seed } = config;
  if (!wanted) return undefined;
  const columns = await database.rows<{ name: string }>(
    `SELECT column_name AS name FROM duckdb_columns()
     WHERE schema_name = 'main' AND table_name = 'transactions' AND column_name IN ('customer', 'item', 'time')`,
  );
  if (columns.length < 3 || sample === 0) return undefined;
  const events = await sampledEvents(run, sample);
  if (events.customers === 0) return undefined;
  const { train, heldOut } = leaveLastOut(events);
  await device(sparseCosineTopKCost(transpose(train), train, wanted.neighbours));
  const parts = new Map<string, Recommender>();
  const chain = [...partsOf(wanted).filter(name => learntFromPurchases.includes(name)), 'popular'];
  for (const name of chain) {
    parts.set(
      name,
      await fitPart(name, wanted, { interactions: train, circles: new Map() }, { seed, signal }),
    );
  }
  const everybody = Int32Array.from({ length: train.rows }, (_, customer) => customer);
  const recommender = chainFrom({ ...wanted, chain }, parts, []);
  const lists = await recommender.recommend(train, { count: at, customers: everybody, signal });
  const { customers, hitRate, ndcg } = accuracy(lists, heldOut, at);
  return { customers: customers.length, hitRate: mean(hitRate), ndcg: mean(ndcg) };
}
