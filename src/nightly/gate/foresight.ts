import type { Vector } from 'apache-arrow';
import { rangesInMemory } from '../../data/id-ranges.js';
import { countCustomers, textVector } from '../../data/index.js';
import { population } from '../../data/population.js';
import { identifier } from '../../data/sql.js';
import { accuracy, type Events, leaveLastOut } from '../../evaluate/index.js';
import { columnsTopKCost } from '../../ops/index.js';
import type { Recommender } from '../../recommend/index.js';
import { partsOf, type RecommendationsConfig, voicesOf } from '../config/recommendations.js';
import { itemNames } from '../item-names.js';
import { memoryShares } from '../memory-shares.js';
import { contentAttributes } from '../recommend/content-attributes.js';
import { type BlendWeights, chainFrom, fitPart, type Training } from '../recommend/fit.js';
import { ItemFacts } from '../recommend/item-facts.js';
import { withSales } from '../recommend/learn-blend.js';
import { circlesOf, profilesOf } from '../recommend/shop.js';
import { attributesOf, circlesIn } from '../recommend/some-customers.js';
import type { Run } from '../stage.js';
import { type GateSample, type GateSettings, sampleOf } from './measure.js';

/** How well recommendations foresee the item that each customer of a sample bought last. */
export interface Foresight {
  customers: number;
  /** Those of the test, where they are not all who bought two items or more. */
  sample?: GateSample;
  hitRate: number;
  ndcg: number;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Purchases of a sample of customers. */
interface Sample {
  events: Events;
  /** Ids of its items, in the order of their numbers. */
  items: Vector;
  /** `[customers]`, the numbers that its customers have among all; -1 for one who is not in their table. */
  customers: Int32Array;
  /** Customers that it was drawn from. */
  of: number;
}

/** The first purchase of each item by each customer of the sample, in numbers. */
async function sampled({ database }: Run, sample: number): Promise<Sample> {
  const table = `kindred.${identifier(database.newTable('held_out'))}`;
  const eligible = `kindred.${identifier(database.newTable('eligible'))}`;
  await database.run(`CREATE TABLE ${eligible} (customer VARCHAR)`);
  const all = { rows: await countCustomers(database), columns: 2 };
  // Who bought two different items, without a list of all that everybody bought, nor of texts, which stay in memory.
  for (const range of await rangesInMemory(database, 'transactions', all)) {
    await database.run(
      `INSERT INTO ${eligible} SELECT CAST(customer AS VARCHAR) AS customer FROM transactions
       WHERE customer IS NOT NULL AND item IS NOT NULL AND time IS NOT NULL AND ${range}
       GROUP BY ALL HAVING min(hash(item)) <> max(hash(item))`,
    );
  }
  const { of } = await database.row<{ of: number }>(`SELECT count(*) AS "of" FROM ${eligible}`);
  // By a hash of the id, so that it is much the same sample every night.
  await database.run(
    `CREATE TABLE ${table} AS
     WITH sampled AS (
       SELECT customer FROM ${eligible} ORDER BY md5(customer), customer LIMIT ${sample}
     ), pairs AS (
       SELECT s.customer, CAST(item AS VARCHAR) AS item, min(time) AS time
       FROM transactions AS t JOIN sampled AS s ON s.customer = CAST(t.customer AS VARCHAR) WHERE item IS NOT NULL AND time IS NOT NULL GROUP BY ALL
     )
     SELECT dense_rank() OVER (ORDER BY customer) - 1 AS customer, dense_rank() OVER (ORDER BY item) - 1 AS item,
       epoch(CAST(time AS TIMESTAMP)) AS time, customer AS customer_id, item AS item_id
     FROM pairs ORDER BY customer, time, item`,
  );
  await database.run(`DROP TABLE ${eligible}`);
  try {
    const rows = await database.rows<{ customer: number; item: number; time: number }>(
      `SELECT customer, item, time FROM ${table} ORDER BY customer, time, item`,
    );
    const customer = Int32Array.from(rows, row => row.customer);
    const item = Int32Array.from(rows, row => row.item);
    const most = (numbers: Int32Array) => numbers.reduce((greatest, n) => Math.max(greatest, n + 1), 0);
    const items = await database.rows<{ id: string }>(
      `SELECT DISTINCT item_id AS id FROM ${table} ORDER BY id`,
    );
    const numbers = await database.rows<{ number: number | null }>(
      `SELECT p.number FROM (SELECT DISTINCT customer_id AS id FROM ${table}) AS s LEFT JOIN (
         SELECT CAST(id AS VARCHAR) AS id, row_number() OVER (ORDER BY id) - 1 AS number FROM (${await population(database)})
       ) AS p USING (id) ORDER BY s.id`,
    );
    return {
      events: {
        customers: most(customer),
        items: most(item),
        customer,
        item,
        time: Float64Array.from(rows, row => row.time),
      },
      items: textVector(items.map(({ id }) => id)),
      customers: Int32Array.from(numbers, ({ number }) => number ?? -1),
      of,
    };
  } finally {
    await database.run(`DROP TABLE ${table}`);
  }
}

/** What the recommenders of the chain learn of the sample beside what its customers bought. */
async function knownOf(
  { config, database, found }: Run,
  wanted: RecommendationsConfig,
  { items, customers }: Sample,
): Promise<Omit<Training, 'interactions'>> {
  const parts = partsOf(wanted);
  const memory = memoryShares(config.memory);
  const everybody = await circlesOf(database, parts, found, memory.found);
  const circles = new Map([...everybody].map(([part, some]) => [part, circlesIn(some, customers)]));
  const profiles = parts.includes('attributes')
    ? attributesOf((await profilesOf(database, wanted, memory.values)).profiles, customers)
    : undefined;
  if (!parts.includes('content')) return { circles, profiles };
  const facts = await ItemFacts.open(database, items);
  try {
    const names = await itemNames(database, items);
    return { circles, profiles, attributes: await contentAttributes(wanted, facts, names) };
  } finally {
    await facts.close();
  }
}

/** The blend of the night: weights are learnt once. */
function blendOfNight({ found }: Run, wanted: RecommendationsConfig): BlendWeights {
  const { weights = {}, softening } = found.recommendations ?? {};
  return { weights: voicesOf(wanted).map(({ name }) => weights[name] ?? 1), softening };
}

/**
 * Recommends by the chain of the night from what a sample of customers had before their last new item, and looks whether that
 * item is among the first places; undefined where transactions have no times, or nobody bought two items.
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
  const chosen = await sampled(run, sample);
  const { events } = chosen;
  if (events.customers === 0) return undefined;
  const { train, heldOut, sales } = withSales(leaveLastOut(events), events);
  await device(columnsTopKCost(train, wanted.neighbours));
  const training: Training = { ...(await knownOf(run, wanted, chosen)), interactions: train, sales };
  const parts = new Map<string, Recommender>();
  for (const name of partsOf(wanted))
    parts.set(name, await fitPart(name, wanted, training, { seed, signal }));
  const everybody = Int32Array.from({ length: train.rows }, (_, customer) => customer);
  const recommender = chainFrom(wanted, parts, blendOfNight(run, wanted));
  const lists = await recommender.recommend(train, { count: at, customers: everybody, signal });
  const { customers, hitRate, ndcg } = accuracy(lists, heldOut, at);
  return {
    sample: sampleOf(events.customers, chosen.of),
    customers: customers.length,
    hitRate: mean(hitRate),
    ndcg: mean(ndcg),
  };
}
