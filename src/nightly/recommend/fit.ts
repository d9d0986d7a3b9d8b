import { sameForAll } from '../../customer-column.js';
import type { CustomerPurchases } from '../../data/index.js';
import type { Csr } from '../../ops/index.js';
import {
  Als,
  AttributeNeighbours,
  type Attributes,
  Blend,
  type BlendOptions,
  Chain,
  Content,
  type FitItemsOptions,
  ItemNeighbours,
  type LastSales,
  Popularity,
  type Recommender,
  type Sales,
  SegmentFavourites,
  Trending,
  UserNeighbours,
} from '../../recommend/index.js';
import type { ItemAttributes } from '../../recommend/item-attributes.js';
import { chainOf, type RecommendationsConfig, voicesOf } from '../config/recommendations.js';
import type { Circles } from './shop.js';

/** All customers, where not all of them can be held. */
export interface Everybody {
  purchases: CustomerPurchases;
  circles: Map<string, Circles>;
  /** Bytes that a fit to them may take. */
  memory: number;
}

/** What a recommender is fitted to. */
export interface Training {
  /** `[customers, items]` */
  interactions: Csr;
  attributes?: ItemAttributes;
  circles: Map<string, Circles>;
  /** What is known of the customers beside what they bought, for `attributes`. */
  profiles?: Attributes;
  /** Every sale with its time, or the last ones, where a recommender asks for it. */
  sales?: Sales | LastSales;
  /** Everybody, where `interactions` are those of a sample: what is only counted is counted among all. */
  everybody?: Everybody;
}

export interface FitPartOptions {
  seed: number;
  /** Ids of the items, saved with the model. */
  items?: readonly string[];
  /** For neighbours of items: hashes of the customers, and an earlier fit, see `FitItemsOptions`. */
  known?: Pick<FitItemsOptions, 'customers' | 'earlier'>;
  onProgress?: (done: number, total: number, unit: string) => void;
  signal?: AbortSignal;
}

/** What is said of sales of which nothing is known, not even when they were. */
function noSales(items: number): Sales {
  return { items, customer: new Int32Array(), item: new Int32Array() };
}

/** Whether a recommender learns from a sample where there are too many customers to be held. */
export function learnsFromSample(name: string, { item }: Pick<RecommendationsConfig, 'item'>): boolean {
  if (name === 'item') return !new ItemNeighbours(item).fitsBatches;
  return ['als', 'customer', 'attributes'].includes(name);
}

/** Fits one recommender by its name in the configuration. */
export async function fitPart(
  name: string,
  config: RecommendationsConfig,
  { interactions, attributes, circles, profiles, sales, everybody }: Training,
  { seed, items, known, onProgress, signal }: FitPartOptions,
): Promise<Recommender> {
  const told = (unit: string) => (done: number, total: number) => onProgress?.(done, total, unit);
  switch (name) {
    case 'als':
      return new Als({ ...config.als, seed }).fit(interactions, { onProgress: told('iterations'), signal });
    case 'item': {
      const { neighbours, item } = config;
      const options = { items, onProgress: told('items'), signal };
      const model = new ItemNeighbours({ neighbours, ...item });
      if (!everybody || !model.fitsBatches) return model.fit(interactions, { ...options, ...known });
      const { purchases, memory } = everybody;
      return model.fitBatches(() => purchases.batches(), interactions.columns, { memory, ...options });
    }
    case 'customer':
      return new UserNeighbours(config.customer).fit(interactions);
    case 'content':
      return new Content(config.content).fit(attributes ?? {});
    case 'attributes':
      return new AttributeNeighbours({ neighbours: config.attributes?.neighbours }).fit(
        interactions,
        profiles ?? { values: new Float32Array(), features: 0, customers: interactions.rows },
      );
    case 'trending':
      return sales && 'batches' in sales
        ? new Trending(config.trending).fitLast(sales)
        : new Trending(config.trending).fit(sales ?? noSales(interactions.columns));
    case 'popular':
      return everybody
        ? Popularity.ofBatches(everybody.purchases.batches(), interactions.columns)
        : Popularity.of(interactions);
    default: {
      const customers = everybody?.purchases.rows ?? interactions.rows;
      const { codes, firstNumber } = (everybody?.circles ?? circles).get(name) ?? {};
      const segments = codes ?? sameForAll(-1, customers);
      const reason = name === 'segment' ? 'segment' : 'group';
      const favourites = new SegmentFavourites({ ...config.segment, reason, firstNumber });
      return everybody
        ? favourites.fitBatches(everybody.purchases.batches(), interactions.columns, segments)
        : favourites.fit(interactions, segments.part(0, customers));
    }
  }
}

/** How a blend is made. */
export interface BlendWeights extends BlendOptions {
  /** One for each voice, 0 for one that is not heard. */
  weights: readonly number[];
}

/** Blends fitted recommenders; the equal of its voice where only one has a weight. */
export function blendOf(
  config: RecommendationsConfig,
  parts: ReadonlyMap<string, Recommender>,
  { weights, ...options }: BlendWeights,
): Recommender {
  const voices = voicesOf(config).flatMap(({ name }, voice) =>
    weights[voice] > 0 ? [{ name, recommender: parts.get(name)!, weight: weights[voice] }] : [],
  );
  return voices.length === 1 ? voices[0].recommender : new Blend(voices, options);
}

/** The chain of a configuration out of its fitted parts. */
export function chainFrom(
  config: RecommendationsConfig,
  parts: ReadonlyMap<string, Recommender>,
  blend?: BlendWeights,
): Chain {
  return new Chain(
    chainOf(config).map(name => ({
      name,
      recommender: name === 'blend' ? blendOf(config, parts, blend!) : parts.get(name)!,
    })),
  );
}
