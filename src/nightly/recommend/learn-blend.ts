import {
  type Events,
  learnWeights,
  randomSplit,
  type Split,
  someEvents,
  timeSplit,
} from '../../evaluate/index.js';
import { blendDepth } from '../../recommend/hybrid.js';
import type { Recommender } from '../../recommend/index.js';
import { pickRows } from '../../recommend/sparse-rows.js';
import { type RecommendationsConfig, voicesOf } from '../config/recommendations.js';
import type { ShopEvents } from './events.js';
import { type BlendWeights, type FitPartOptions, fitPart, type Training } from './fit.js';

/** Share of the transactions that a part of what is known is tested on: the latest, where their times are known. */
const heldOutShare = 0.2;

/** Most customers whose lists weights are learnt from: beyond these they no longer change in what is shown. */
const mostCustomers = 20_000;

/** A split with the sales that are in training, for recommenders that ask when something was sold. */
export interface SalesSplit extends Split {
  sales: Events;
}

export function withSales(split: Split, events: Events): SalesSplit {
  return { ...split, sales: someEvents(events, split.training) };
}

/** What recommenders are fitted to, and what they then have to foresee. */
export function validationSplit({ events, combine, finish }: ShopEvents, seed: number): SalesSplit {
  const options = { share: heldOutShare, combine };
  const split = events.time ? timeSplit(events, options) : randomSplit(events, { ...options, seed });
  return withSales({ ...split, train: finish(split.train) }, events);
}

/** Customers with something in training and something held out. */
export function testCustomers({ train, heldOut }: Pick<Split, 'train' | 'heldOut'>): Int32Array {
  const has = (matrix: Split['train'], c: number) => matrix.indptr[c + 1] > matrix.indptr[c];
  return Int32Array.from({ length: train.rows }, (_, c) => c).filter(c => has(train, c) && has(heldOut, c));
}

/** All customers, or as many of them, evenly picked, where there are more. */
export function evenly(all: Int32Array, most: number): Int32Array {
  if (all.length <= most) return all;
  return Int32Array.from({ length: most }, (_, i) => all[Math.floor((i * all.length) / most)]);
}

export interface LearnBlendOptions extends FitPartOptions {
  excludeOwned: boolean;
  /** Places of a list. */
  count: number;
  /** Voices that are fitted to `split.train` already, by their names. */
  fitted?: ReadonlyMap<string, Recommender>;
}

/**
 * The weights of the voices of a blend: those given, or those learnt by fitting the voices to a part of the data. All
 * count alike where nothing can be held out.
 */
export async function learnBlend(
  config: RecommendationsConfig,
  split: () => Promise<SalesSplit>,
  training: Training,
  { excludeOwned, count, fitted, ...options }: LearnBlendOptions,
): Promise<BlendWeights> {
  const voices = voicesOf(config);
  if (voices.every(({ weight }) => weight !== undefined)) {
    return { weights: voices.map(({ weight }) => weight!) };
  }
  const { train, heldOut, sales } = await split();
  const customers = evenly(testCustomers({ train, heldOut }), mostCustomers);
  if (customers.length === 0) return { weights: voices.map(() => 1) };
  const rows = pickRows(train, customers);
  const lists = [];
  for (const { name } of voices) {
    const part =
      fitted?.get(name) ??
      (await fitPart(name, config, { ...training, interactions: train, sales }, options));
    const { signal } = options;
    const long = Math.min(blendDepth * count, Math.max(count, train.columns));
    lists.push(await part.recommend(rows, { count: long, excludeOwned, customers, fill: false, signal }));
  }
  return learnWeights(lists, pickRows(heldOut, customers), { k: count });
}
