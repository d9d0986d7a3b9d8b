import type { Csr } from '../../ops/index.js';
import {
  Als,
  Blend,
  Chain,
  Content,
  ItemNeighbours,
  Popularity,
  type Recommender,
  SegmentFavourites,
  UserNeighbours,
} from '../../recommend/index.js';
import type { ItemAttributes } from '../../recommend/item-attributes.js';
import { chainOf, type RecommendationsConfig, voicesOf } from '../config/recommendations.js';
import type { Circles } from './shop.js';

/** What a recommender is fitted to. */
export interface Training {
  /** `[customers, items]` */
  interactions: Csr;
  attributes?: ItemAttributes;
  circles: Map<string, Circles>;
}

export interface FitPartOptions {
  seed: number;
  /** Ids of the items, saved with the model. */
  items?: readonly string[];
  onProgress?: (done: number, total: number, unit: string) => void;
  signal?: AbortSignal;
}

/** Fits one recommender by its name in the configuration. */
export async function fitPart(
  name: string,
  config: RecommendationsConfig,
  { interactions, attributes, circles }: Training,
  { seed, items, onProgress, signal }: FitPartOptions,
): Promise<Recommender> {
  const told = (unit: string) => (done: number, total: number) => onProgress?.(done, total, unit);
  switch (name) {
    case 'als':
      return new Als({ ...config.als, seed }).fit(interactions, { onProgress: told('iterations'), signal });
    case 'item': {
      const { neighbours, item } = config;
      const options = { items, onProgress: told('items'), signal };
      return new ItemNeighbours({ neighbours, ...item }).fit(interactions, options);
    }
    case 'customer':
      return new UserNeighbours(config.customer).fit(interactions);
    case 'content':
      return new Content(config.content).fit(attributes ?? {});
    case 'popular':
      return Popularity.of(interactions);
    default: {
      const { codes = new Int32Array(interactions.rows).fill(-1), firstNumber } = circles.get(name) ?? {};
      const reason = name === 'segment' ? 'segment' : 'group';
      return new SegmentFavourites({ ...config.segment, reason, firstNumber }).fit(interactions, codes);
    }
  }
}

/** The weights of the voices of a blend, one for each, 0 for one that is not heard. */
export type BlendWeights = readonly number[];

/** Blends fitted recommenders; the equal of its voice where only one has a weight. */
export function blendOf(
  config: RecommendationsConfig,
  parts: ReadonlyMap<string, Recommender>,
  weights: BlendWeights,
): Recommender {
  const voices = voicesOf(config).flatMap(({ name }, voice) =>
    weights[voice] > 0 ? [{ name, recommender: parts.get(name)!, weight: weights[voice] }] : [],
  );
  return voices.length === 1 ? voices[0].recommender : new Blend(voices);
}

/** The chain of a configuration out of its fitted parts. */
export function chainFrom(
  config: RecommendationsConfig,
  parts: ReadonlyMap<string, Recommender>,
  weights: BlendWeights,
): Chain {
  return new Chain(
    chainOf(config).map(name => ({
      name,
      recommender: name === 'blend' ? blendOf(config, parts, weights) : parts.get(name)!,
    })),
  );
}
