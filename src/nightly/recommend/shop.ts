import type { Vector } from 'apache-arrow';
import type { CustomerColumn } from '../../customer-column.js';
import { readIds } from '../../data/chunk-reader.js';
import { tableColumns } from '../../data/columns.js';
import { readCustomerGroups } from '../../data/customer-groups.js';
import {
  type CustomerFeatures,
  type CustomerPurchases,
  type Database,
  type Feature,
  FeatureEncoder,
  idText,
  type QualityRow,
  readPurchases,
  resolveSnapshot,
  unifyIds,
} from '../../data/index.js';
import { requireRoles } from '../../data/interactions.js';
import { DataError, UsageError } from '../../errors.js';
import type { ItemAttributes } from '../../recommend/item-attributes.js';
import { candidateFeatures } from '../candidate-features.js';
import { partsOf, type RecommendationsConfig } from '../config/recommendations.js';
import { itemNames } from '../item-names.js';
import { memoryShares } from '../memory-shares.js';
import type { SegmentFindings } from '../segment-findings.js';
import type { Run } from '../stage.js';
import { contentAttributes } from './content-attributes.js';
import type { Training } from './fit.js';
import { type FittedCustomers, fitsAll } from './fitted-customers.js';
import { ItemFacts } from './item-facts.js';
import { attributesOf, circlesIn } from './some-customers.js';

/** Customers put into circles that have favourites of their own: segments, or the groups of a column. */
export interface Circles {
  /** `[customers]`, -1 for none. */
  codes: CustomerColumn<Int32Array>;
  names: readonly string[];
  /** The number of the first of them among all circles, see `Shop.circleNames`. */
  firstNumber: number;
}

/** Whatever recommenders learn from, and what their numbers stand for. */
export interface Shop {
  purchases: CustomerPurchases;
  /** `[items]`, readable names. */
  names: string[];
  facts: ItemFacts;
  /** For recommendation by content. */
  attributes?: ItemAttributes;
  /** By the recommender that they are for: `segment`, `popular-in-country`. */
  circles: Map<string, Circles>;
  /** Names of all circles by their numbers, for the reasons. */
  circleNames: string[];
  /** For recommendation by attributes of the customers, and how they were made. */
  profiles?: CustomerFeatures;
  encoder?: FeatureEncoder;
  quality: QualityRow[];
  snapshot(): Promise<string>;
}

/** All items that are sold or described: also those that nobody has bought yet. */
async function allItems(database: Database): Promise<Vector> {
  await unifyIds(database);
  const isDescribed = (await tableColumns(database, 'items')).some(({ name }) => name === 'item');
  return readIds(
    database,
    `SELECT id FROM (SELECT item AS id FROM transactions WHERE item IS NOT NULL AND customer IS NOT NULL
       ${isDescribed ? 'UNION SELECT item AS id FROM items WHERE item IS NOT NULL' : 'GROUP BY item'}) ORDER BY id`,
  );
}

/** @throws DataError for ratings outside the scale that was declared. */
async function checkScale(database: Database, [lowest, highest]: readonly [number, number]): Promise<void> {
  const outside = `rating IS NOT NULL AND NOT (rating BETWEEN ${lowest} AND ${highest})`;
  const { wrong, first } = await database.row<{ wrong: number; first: number | null }>(
    `SELECT count(*) AS wrong, CAST(first(rating ORDER BY rating) AS DOUBLE) AS first FROM transactions WHERE ${outside}`,
  );
  if (wrong === 0) return;
  const others = wrong > 1 ? ` and ${(wrong - 1).toLocaleString('en')} more outside` : '';
  throw new DataError({
    file: 'transactions',
    column: database.sources.get('transactions')?.original('rating') ?? 'rating',
    expected: `ratings of ${lowest} … ${highest}`,
    found: `${first}${others}`,
    hint: `Declare the true scale, or leave them out with the filter "rating BETWEEN ${lowest} AND ${highest}".`,
  });
}

/** Sales of which nobody can say what was sold. Those without customer are reported when ids are checked. */
async function withoutItem(database: Database): Promise<QualityRow[]> {
  const { rows, without } = await database.row<{ rows: number; without: number }>(
    'SELECT count(*) AS rows, count(*) - count(item) AS without FROM transactions',
  );
  if (without === 0) return [];
  const reason = `rows without item id (${without.toLocaleString('en')}) recommend nothing`;
  const counts = { rowsIn: rows, rowsChanged: 0, rowsDropped: 0 };
  return [{ source: 'transactions', rule: 'ids', column: 'item', ...counts, reason }];
}

/**
 * The circles of customers that these recommenders ask for.
 *
 * @param memory bytes that each column of groups may take before it is left on disk
 */
export async function circlesOf(
  database: Database,
  parts: readonly string[],
  found: { segments?: SegmentFindings },
  memory: number,
): Promise<Map<string, Circles>> {
  const circles = new Map<string, Circles>();
  let firstNumber = 0;
  for (const part of parts) {
    const column = /^popular-in-(.+)$/.exec(part)?.[1];
    if (part !== 'segment' && column === undefined) continue;
    let some: Omit<Circles, 'firstNumber'>;
    if (column !== undefined) some = await readCustomerGroups(database, column, memory, part);
    else if (found.segments) {
      const { customers, profiles } = found.segments;
      some = { codes: customers.labels, names: profiles.map(({ name }) => name) };
    } else {
      throw new UsageError({
        key: 'recommendations.chain',
        expected: 'segments for the recommender segment',
        found: 'none',
        hint: 'Declare `segments`, or leave segment out of the chain and the blend.',
      });
    }
    circles.set(part, { ...some, firstNumber });
    firstNumber += some.names.length;
  }
  return circles;
}

/**
 * What is known of all customers beside what they bought, in the order of their numbers.
 *
 * @param memory bytes that it may take before it is left on disk
 */
export async function profilesOf(
  database: Database,
  { attributes }: RecommendationsConfig,
  memory: number,
): Promise<{ encoder: FeatureEncoder; profiles: CustomerFeatures }> {
  const isOfCustomers = (feature: Feature) => typeof feature === 'object' && feature.source === 'customers';
  const features = attributes?.features ?? (await candidateFeatures(database)).features.filter(isOfCustomers);
  if (features.length === 0) {
    throw new UsageError({
      key: 'recommendations.attributes',
      expected: 'attributes of the customers that tell them apart',
      found: 'none',
      hint: 'Give a table of customers, or name their features: `attributes: { features: […] }`.',
    });
  }
  const { encoder, customers } = await FeatureEncoder.fitWithin(database, features, memory);
  return { encoder, profiles: customers };
}

/** Reads what the recommenders of a configuration need; `close` the facts when they are done. */
export async function openShop(
  { database, found, config: settings }: Pick<Run, 'database' | 'found' | 'config'>,
  config: RecommendationsConfig,
): Promise<Shop> {
  const parts = partsOf(config);
  const memory = memoryShares(settings.memory);
  const { weight, scale } = config;
  await requireRoles(database, 'transactions', ['customer', 'item', ...(scale ? (['rating'] as const) : [])]);
  const items = parts.includes('content') ? await allItems(database) : undefined;
  const purchases = await readPurchases(
    database,
    { weight, customers: 'all', items },
    fitsAll(settings, config),
  );
  if (scale) await checkScale(database, scale);
  const names = await itemNames(database, purchases.items);
  const circles = await circlesOf(database, parts, found, memory.found);
  const facts = await ItemFacts.open(database, purchases.items);
  const attributes = parts.includes('content') ? await contentAttributes(config, facts, names) : undefined;
  return {
    purchases,
    names,
    facts,
    attributes,
    circles,
    ...(parts.includes('attributes') && (await profilesOf(database, config, memory.values))),
    circleNames: [...circles.values()].flatMap(some => some.names),
    quality: [...(await withoutItem(database)), ...purchases.quality],
    snapshot: async () => found.snapshot ?? (await resolveSnapshot(database)),
  };
}

/** What recommenders learn from these customers. */
export function trainingOf(
  { circles, profiles, attributes }: Pick<Shop, 'circles' | 'profiles' | 'attributes'>,
  { interactions, numbers }: Pick<FittedCustomers, 'interactions' | 'numbers'>,
): Training {
  if (!numbers) {
    const everybody =
      profiles &&
      attributesOf(
        profiles,
        Int32Array.from({ length: profiles.rows }, (_, i) => i),
      );
    return { interactions, attributes, circles, profiles: everybody };
  }
  const theirs = new Map([...circles].map(([part, some]) => [part, circlesIn(some, numbers)]));
  return { interactions, attributes, circles: theirs, profiles: profiles && attributesOf(profiles, numbers) };
}

/** Ids of the items as text, in the order of their numbers. */
export function itemIds({ purchases: { items } }: Shop): string[] {
  return Array.from({ length: items.length }, (_, item) => idText(items, item));
}
