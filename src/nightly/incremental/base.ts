import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ranges } from '../../customer-column.js';
import { Als, Popularity } from '../../recommend/index.js';
import type { ItemAttributes } from '../../recommend/item-attributes.js';
import { leastMovement } from '../../recommend/moved-neighbours.js';
import { stemOf } from '../../recommend/saved-recommender.js';
import type { IncrementalConfig } from '../config/incremental.js';
import { chainOf, partsOf, type RecommendationsConfig } from '../config/recommendations.js';
import { memoryShares } from '../memory-shares.js';
import { type RecommenderModel, readRecommenderModel } from '../recommend/recommender-model.js';
import type { Run } from '../stage.js';
import { type ComparedCustomers, CustomerRows, type KnownOfCustomers } from './customer-rows.js';
import {
  customersFile,
  type FullNight,
  fullModel,
  fullParts,
  fullVersions,
  loadFullNight,
} from './full-night.js';
import { publishedRows } from './merge.js';
import { shift } from './movement.js';
import { reachedSql } from './reached.js';

/** What tonight's recommendations are made of. */
export interface Known extends KnownOfCustomers {
  attributes?: ItemAttributes;
}

/** The last full night, and what tonight has in common with it. */
export interface Base {
  /** Folder of its model. */
  folder: string;
  model: Omit<RecommenderModel, 'recommender'>;
  full: FullNight;
  /** Tonight's numbers of its items, -1 for those that are gone. */
  numbers: Int32Array;
  compared: ComparedCustomers;
  /** Customers whose own purchases changed since last night. */
  bought: number;
  turnover: number;
  /** Its factors, where the recommenders have some. */
  als?: Als;
}

/** A night of a configuration that is for nights between full ones. */
export interface IncrementalNight {
  known: Known;
  rows: CustomerRows;
  /** What it can be built on; undefined where everything is computed. */
  base?: Base;
  /** Why everything is computed, where there is more to say than that it was asked for. */
  because?: string;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** Looks whether tonight can be built on the published night; undefined where the configuration is not for that. */
export async function openIncremental(
  run: Run,
  wanted: RecommendationsConfig,
  known: Known,
): Promise<IncrementalNight | undefined> {
  const { config, database, staging } = run;
  if (!config.incremental || !staging || config.output.format === 'arrow') return undefined;
  const rows = await CustomerRows.of(database, known);
  const base = await baseOf(run, config.incremental, wanted, { known, rows });
  return typeof base === 'object' ? { known, rows, base } : { known, rows, because: base };
}

/** The base of tonight, or why there is none. */
async function baseOf(
  { config, published, full }: Run,
  settings: IncrementalConfig,
  wanted: RecommendationsConfig,
  { known, rows }: Pick<IncrementalNight, 'known' | 'rows'>,
): Promise<Base | string | undefined> {
  if (full || published?.manifest.night === undefined) return undefined;
  const nights = (published.manifest.incremental?.nights ?? 0) + 1;
  if (nights >= settings.fullEvery)
    return `it is time for it, as in every ${settings.fullEvery} nights (incremental.fullEvery)`;
  const folder = fullModel(published.folder);
  const before = join(published.folder, 'model', customersFile);
  const recommendations = recommendationsIn(published.folder, config.output.format);
  const models = ['incremental', 'recommender', ...fullParts(wanted).map(stemOf)];
  const needed = [before, recommendations, ...models.map(name => join(folder, `${name}.json`))];
  if (!needed.every(file => existsSync(file))) return 'the published night was not made to build on';
  const [model, fullNight] = [await readRecommenderModel(folder), await loadFullNight(folder)];
  if (!isDeepStrictEqual(model.config, JSON.parse(JSON.stringify(wanted))))
    return 'recommendations are asked for in another way';
  if (!isDeepStrictEqual(fullNight.versions, fullVersions())) return 'Kindred has changed';
  const { ids, purchases } = known;
  const numberOf = new Map(ids.map((id, number) => [id, number]));
  const numbers = Int32Array.from(model.items, id => numberOf.get(id) ?? -1);
  const popular = await Popularity.load(folder, { name: 'popular' });
  const [sold, soldBefore] = [
    (await Popularity.ofBatches(purchases.batches(), ids.length)).customersOf,
    popular.renumbered(numbers, ids.length).customersOf,
  ];
  const drift = shift(sold, soldBefore);
  if (drift > settings.drift)
    return `${percent(drift)} of what is bought have moved to other items since the last full night (incremental.drift ${percent(settings.drift)})`;
  const reached = wanted.rules
    ? 'SELECT NULL::VARCHAR AS customer, NULL AS link WHERE false'
    : reachedSql(publishedRows(recommendations, config.output.format), wanted);
  const { found } = memoryShares(config.memory);
  const compared = await rows.compare(before, reached, chainOf(wanted).length - 1, found);
  let bought = 0;
  for (const { from, to } of ranges(rows.customers)) {
    for (const same of compared.same.part(from, to)) bought += 1 - same;
  }
  if (bought > settings.most * rows.customers) return tooMany(bought, rows.customers, settings.most);
  const turnover = turnoverOf(sold, soldBefore, popular, numbers, bought);
  const base = { folder, model, full: fullNight, numbers, compared, bought, turnover };
  if (!partsOf(wanted).includes('als')) return base;
  if (turnover > settings.tolerance)
    return `${percent(turnover)} of the purchases have come or gone since the factors of items were fitted (incremental.tolerance ${percent(settings.tolerance)})`;
  return { ...base, als: (await Als.load(folder, { name: 'als' })).renumbered(numbers, ids.length) };
}

/** Purchases that came or went, as a share of all; 0 only where nobody's have changed. */
function turnoverOf(
  sold: Int32Array,
  before: Int32Array,
  { customersOf }: Popularity,
  numbers: Int32Array,
  bought: number,
): number {
  let moved = sold.reduce((sum, count, item) => sum + Math.abs(count - before[item]), 0);
  numbers.forEach((number, item) => {
    if (number < 0) moved += customersOf[item];
  });
  const all = sold.reduce((sum, count) => sum + count, 0);
  return moved + bought > 0 ? Math.max(moved / Math.max(all, 1), leastMovement) : 0;
}

/** Says that too many customers have changed. */
export function tooMany(changed: number, customers: number, most: number): string {
  return `${percent(changed / customers)} of the customers would be recommended to anew (incremental.most ${percent(most)})`;
}

/** Where a night has its recommendations. */
export function recommendationsIn(folder: string, format: string): string {
  return join(folder, `recommendations.${format}`);
}
