import { tableColumns } from '../../data/columns.js';
import { readCustomerGroups } from '../../data/customer-groups.js';
import {
  type Database,
  type Interactions,
  readCustomerIds,
  readInteractions,
  textVector,
} from '../../data/index.js';
import {
  AttributeNeighbours,
  type Attributes,
  Blend,
  Chain,
  type Recommender,
  SegmentFavourites,
} from '../../recommend/index.js';
import type { CustomerModel } from '../customer-model.js';
import { predictSegments } from '../predict-segments.js';
import type { ModelCircles, RecommenderModel } from './recommender-model.js';

/** What is known of customers whom the model has not seen, in the order of their numbers. */
export interface Newcomers {
  /** What they have of the model's items, if anything. */
  interactions: Interactions;
  /** By recommender, `[customers]`: their segment, or their group of a column, -1 where it is not known. */
  circles: Map<string, Int32Array>;
  profiles?: Attributes;
}

async function interactionsOf(
  database: Database,
  { items, config }: Pick<RecommenderModel, 'items' | 'config'>,
): Promise<Interactions> {
  const columns = (await tableColumns(database, 'transactions')).map(({ name }) => name);
  const ids = textVector([...items]);
  if (columns.includes('customer') && columns.includes('item')) {
    return readInteractions(database, { weight: config.weight, customers: 'all', items: ids });
  }
  const customers = await readCustomerIds(database);
  const matrix = {
    rows: customers.length,
    columns: items.length,
    indptr: new Int32Array(customers.length + 1),
    indices: new Int32Array(),
    values: new Float32Array(),
  };
  return { matrix, customers, items: ids, unknownPairs: 0, quality: [] };
}

/** Their groups by the numbers that the model has for them. */
async function groupsOf(
  database: Database,
  { part, names }: ModelCircles,
  customers: number,
): Promise<Int32Array> {
  const column = part.slice('popular-in-'.length);
  const tables = await Promise.all(['customers', 'transactions'].map(table => tableColumns(database, table)));
  const isThere = tables.flat().some(({ name }) => name.toLowerCase() === column.toLowerCase());
  if (!isThere) return new Int32Array(customers).fill(-1);
  const groups = await readCustomerGroups(database, column);
  return groups.codes.map(code => names.indexOf(groups.names[code]));
}

/** Reads what the recommenders of a model ask of customers. */
export async function readNewcomers(
  database: Database,
  model: RecommenderModel,
  { segments, snapshot }: { segments?: CustomerModel; snapshot?: string },
): Promise<Newcomers> {
  const interactions = await interactionsOf(database, model);
  const count = interactions.customers.length;
  const circles = new Map<string, Int32Array>();
  for (const circle of model.circles) {
    if (circle.part !== 'segment') circles.set(circle.part, await groupsOf(database, circle, count));
    else if (segments) {
      const labels = new Int32Array(count).fill(-1);
      let from = 0;
      for await (const batch of segments.encoder.transformBatches(database, { snapshot })) {
        labels.set((await predictSegments(segments, batch)).labels, from);
        from += batch.rows;
      }
      circles.set(circle.part, labels);
    }
  }
  if (!model.encoder) return { interactions, circles };
  const { values, columns, rows } = await model.encoder.transform(database, { snapshot });
  return { interactions, circles, profiles: { values, features: columns, customers: rows } };
}

/** The recommender of a model for these customers, whose numbers are not those of the fit. */
export function forNewcomers(name: string, recommender: Recommender, newcomers: Newcomers): Recommender {
  const bound = <M extends { name: string; recommender: Recommender }>(member: M): M => ({
    ...member,
    recommender: forNewcomers(member.name, member.recommender, newcomers),
  });
  if (recommender instanceof Chain) return new Chain(recommender.links.map(bound));
  if (recommender instanceof Blend) return new Blend(recommender.voices.map(bound), recommender.options);
  const { interactions, circles, profiles } = newcomers;
  if (recommender instanceof SegmentFavourites) {
    return recommender.forCustomers(
      circles.get(name) ?? new Int32Array(interactions.customers.length).fill(-1),
    );
  }
  if (recommender instanceof AttributeNeighbours && profiles) return recommender.forCustomers(profiles);
  return { recommend: (rows, options) => recommender.recommend(rows, { ...options, customers: undefined }) };
}
