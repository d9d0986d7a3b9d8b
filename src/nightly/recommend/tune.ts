import { accuracy } from '../../evaluate/index.js';
import { Random } from '../../random.js';
import { pickRows } from '../../recommend/sparse-rows.js';
import { takeTurns } from '../../turns.js';
import { type EvaluationConfig, secondsOf, type TunableName } from '../config/evaluation.js';
import type { RecommendationsConfig } from '../config/recommendations.js';
import { type FitPartOptions, fitPart, type Training } from './fit.js';
import { evenly, type SalesSplit, testCustomers } from './learn-blend.js';

/** Settings of one recommender, as they stand in the configuration under its name. */
export type Settings = Record<string, unknown>;

export interface Tuned {
  recommender: TunableName;
  settings: Settings;
  /** NDCG on the part that settings were tried on: with the present settings, and with those found. */
  before: number;
  after: number;
  trials: number;
}

const usualTrials = 20;

type Draw = (random: Random) => unknown;

const oneOf =
  <T>(...values: T[]): Draw =>
  random =>
    values[random.integer(values.length)];

/** Evenly on the logarithm, with two digits. */
const between =
  (lowest: number, highest: number): Draw =>
  random =>
    Number((lowest * (highest / lowest) ** random.uniform()).toPrecision(2));

const spaces: Record<Exclude<TunableName, 'content'>, Record<string, Draw>> = {
  trending: { halfLife: oneOf(1, 2, 3, 5, 7, 10, 14, 21, 30, 60, 90) },
  als: {
    factors: oneOf(16, 32, 64, 96, 128),
    regularisation: between(1, 100),
    confidence: between(0.2, 20),
    iterations: oneOf(8, 12, 15),
  },
  item: {
    neighbours: oneOf(10, 20, 30, 50, 100, 200),
    weighting: oneOf('none', 'tf-idf', 'bm25'),
    shrinkage: oneOf(0, 0, 5, 20, 100),
    similarity: oneOf('cosine', 'cosine', 'jaccard'),
  },
  customer: {
    neighbours: oneOf(20, 50, 100, 200, 400),
    weighting: oneOf('none', 'tf-idf', 'bm25'),
    shrinkage: oneOf(0, 0, 5, 20, 100),
    similarity: oneOf('cosine', 'cosine', 'jaccard'),
  },
};

function draw(name: TunableName, { attributes }: Training, random: Random): Settings {
  if (name !== 'content') {
    return Object.fromEntries(Object.entries(spaces[name]).map(([key, from]) => [key, from(random)]));
  }
  const columns = Object.keys({ ...attributes?.texts, ...attributes?.categories, ...attributes?.numbers });
  return { weights: Object.fromEntries(columns.map(column => [column, oneOf(0, 0.25, 0.5, 1, 2)(random)])) };
}

/** The configuration with other settings of one recommender; the neighbours of items stand at the top. */
export function withSettings(
  config: RecommendationsConfig,
  name: TunableName,
  settings: Settings,
): RecommendationsConfig {
  const { neighbours, ...rest } = settings;
  if (name !== 'item') return { ...config, [name]: { ...config[name], ...settings } };
  return {
    ...config,
    neighbours: Number(neighbours ?? config.neighbours),
    item: { ...config.item, ...rest },
  };
}

/**
 * Searches settings by chance (J. Bergstra and Y. Bengio, "Random search for hyper-parameter optimization", JMLR 13,
 * 2012): the present ones first, then as many others as the budget allows. The settings that are tried, and their
 * order, depend on the seed alone; a budget of time decides how many of them are.
 *
 * @param split what settings are fitted to and tested on: no part of what is held out in the end
 */
export async function tune(
  names: readonly TunableName[],
  config: RecommendationsConfig,
  split: SalesSplit,
  training: Training,
  {
    trials,
    budget,
    k,
    customers: most,
    onTrial,
    ...options
  }: Pick<EvaluationConfig, 'trials' | 'budget' | 'customers'> &
    FitPartOptions & { k: number; onTrial: (done: number, total: number, unit: string) => void },
): Promise<Tuned[]> {
  const seconds = budget === undefined ? undefined : secondsOf(budget);
  const wanted = trials ?? (seconds === undefined ? usualTrials : Number.POSITIVE_INFINITY);
  const customers = evenly(testCustomers(split), most);
  const [rows, heldOut] = [pickRows(split.train, customers), pickRows(split.heldOut, customers)];
  const turn = takeTurns(options.signal);
  const found: Tuned[] = [];
  const began = performance.now();
  const total = names.length * wanted;
  let done = 0;
  for (const [place, name] of names.entries()) {
    const random = new Random(options.seed, place);
    const end =
      seconds === undefined ? Number.POSITIVE_INFINITY : ((place + 1) * seconds * 1000) / names.length;
    let [before, after, tried] = [Number.NaN, Number.NEGATIVE_INFINITY, 0];
    let best: Settings = {};
    for (; tried < wanted && (tried < 2 || performance.now() - began < end); tried++) {
      await turn();
      const settings = tried === 0 ? {} : draw(name, training, random);
      const asked = withSettings(config, name, settings);
      const model = await fitPart(
        name,
        asked,
        { ...training, interactions: split.train, sales: split.sales },
        options,
      );
      await turn();
      const { signal } = options;
      const lists = await model.recommend(rows, {
        count: k,
        excludeOwned: config.excludeOwned,
        customers,
        signal,
      });
      await turn();
      const { ndcg } = accuracy(lists, heldOut, k);
      const mean = ndcg.reduce((sum, value) => sum + value, 0) / ndcg.length;
      if (tried === 0) before = mean;
      if (mean > after) [after, best] = [mean, settings];
      const spent = (performance.now() - began) / 1000;
      if (Number.isFinite(total)) onTrial(++done, total, 'trials');
      else onTrial(Math.min(Math.round(spent), seconds!), seconds!, 's of the budget');
    }
    found.push({ recommender: name, settings: best, before, after, trials: tried });
  }
  return found;
}
