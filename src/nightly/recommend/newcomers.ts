import { type CustomerColumn, sameForAll } from '../../customer-column.js';
import { tableColumns } from '../../data/columns.js';
import { readCustomerGroups } from '../../data/customer-groups.js';
import {
  type CustomerFeatures,
  type CustomerPurchases,
  type Database,
  HeldPurchases,
  keptColumns,
  readCustomerIds,
  readPurchases,
  textVector,
} from '../../data/index.js';
import type { Config } from '../config/index.js';
import type { CustomerModel } from '../customer-model.js';
import { memoryShares } from '../memory-shares.js';
import { predictSegments } from '../predict-segments.js';
import { fitsAll } from './fitted-customers.js';
import type { ModelCircles, RecommenderModel } from './recommender-model.js';

/** What is known of customers whom the model has not seen, in the order of their numbers. */
export interface Newcomers {
  /** What they have of the model's items, if anything. */
  purchases: CustomerPurchases;
  /** By recommender, `[customers]`: their segment, or their group of a column, -1 where it is not known. */
  circles: Map<string, { codes: CustomerColumn<Int32Array> }>;
  profiles?: CustomerFeatures;
}

async function purchasesOf(
  database: Database,
  { items, config }: Pick<RecommenderModel, 'items' | 'config'>,
  fits: (customers: number, pairs: number) => boolean,
): Promise<CustomerPurchases> {
  const columns = (await tableColumns(database, 'transactions')).map(({ name }) => name);
  const ids = textVector([...items]);
  if (columns.includes('customer') && columns.includes('item')) {
    return readPurchases(database, { weight: config.weight, customers: 'all', items: ids }, fits);
  }
  const customers = await readCustomerIds(database);
  const matrix = {
    rows: customers.length,
    columns: items.length,
    indptr: new Int32Array(customers.length + 1),
    indices: new Int32Array(),
    values: new Float32Array(),
  };
  return new HeldPurchases({ matrix, customers, items: ids, unknownPairs: 0, quality: [] });
}

/** Their groups by the numbers that the model has for them. */
async function groupsOf(
  database: Database,
  { part, names }: ModelCircles,
  customers: number,
  memory: number,
): Promise<CustomerColumn<Int32Array>> {
  const column = part.slice('popular-in-'.length);
  const tables = await Promise.all(['customers', 'transactions'].map(table => tableColumns(database, table)));
  const isThere = tables.flat().some(({ name }) => name.toLowerCase() === column.toLowerCase());
  if (!isThere) return sameForAll(-1, customers);
  const groups = await readCustomerGroups(database, column, memory);
  const numbers = groups.names.map(name => names.indexOf(name));
  return {
    length: customers,
    part: (from, to) => groups.codes.part(from, to).map(code => numbers[code] ?? -1),
  };
}

/**
 * Reads what the recommenders of a model ask of customers.
 *
 * @param settings with the memory that what they have may take half of before it is left on disk
 */
export async function readNewcomers(
  database: Database,
  model: RecommenderModel,
  settings: Pick<Config, 'memory' | 'snapshot'>,
  segments?: CustomerModel,
): Promise<Newcomers> {
  const { snapshot } = settings;
  const purchases = await purchasesOf(database, model, fitsAll(settings, model.config));
  const count = purchases.rows;
  const circles: Newcomers['circles'] = new Map();
  const memory = memoryShares(settings.memory);
  for (const circle of model.circles) {
    if (circle.part !== 'segment') {
      circles.set(circle.part, { codes: await groupsOf(database, circle, count, memory.found) });
    } else if (segments) {
      const { codes } = keptColumns(database, { codes: 'int32' }, count, memory.found);
      let from = 0;
      try {
        for await (const batch of segments.encoder.transformBatches(database, { snapshot })) {
          await codes.write(from, (await predictSegments(segments, batch)).labels);
          from += batch.rows;
        }
        if (from < count) await codes.write(from, new Int32Array(count - from).fill(-1));
      } finally {
        await codes.close();
      }
      circles.set(circle.part, { codes });
    }
  }
  const profiles = await model.encoder?.transformWithin(database, memory.values, { snapshot });
  return { purchases, circles, profiles };
}
