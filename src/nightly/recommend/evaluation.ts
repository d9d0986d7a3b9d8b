import { tensor2d, transpose as transposed } from '@tensorflow/tfjs-core';
import { columnOf } from '../../customer-column.js';
import { DataError, UsageError } from '../../errors.js';
import {
  type Judgement,
  judge,
  leaveLastOut,
  type RatingError,
  randomSplit,
  ratingError,
  type Split,
  someEvents,
  timeSplit,
} from '../../evaluate/index.js';
import type { Csr } from '../../ops/index.js';
import type { Factors } from '../../recommend/als/solve.js';
import {
  Als,
  Chain,
  type ItemNeighbours,
  RatingNeighbours,
  type RatingNeighboursOptions,
  type Recommender,
  similarityIn,
} from '../../recommend/index.js';
import { ratingBaselines } from '../../recommend/rating-baselines.js';
import { pickRows } from '../../recommend/sparse-rows.js';
import { KMeans } from '../../segment/kmeans.js';
import { takeTurns } from '../../turns.js';
import type { EvaluationConfig } from '../config/evaluation.js';
import { chainOf, partsOf, type RecommendationsConfig, voicesOf } from '../config/recommendations.js';
import type { ShopEvents } from './events.js';
import { type BlendWeights, blendOf, chainFrom, type FitPartOptions, fitPart, type Training } from './fit.js';
import { evenly, learnBlend, type SalesSplit, testCustomers, withSales } from './learn-blend.js';
import { type Tuned, tune, withSettings } from './tune.js';

/** One recommender's row. */
export interface EvaluationRow extends Omit<Judgement, 'ndcg'> {
  recommender: string;
  /** Seconds to fit it and to recommend to the customers of the test; 0 to fit what other rows had fitted. */
  fitSeconds: number;
  recommendSeconds: number;
}

/** A sample of customers, drawn by a hash of their ids. */
export interface CustomerSample {
  customers: number;
  of: number;
  seed: number;
  /** What all of them do not fit into. */
  memory: string | number;
}

export interface Evaluation {
  split: 'time' | 'last' | 'random';
  /** The moment from which on all is held out, in seconds since 1970. */
  from?: number;
  share?: number;
  leave?: number;
  k: number;
  /** Customer-item pairs in training. */
  trained: number;
  items: number;
  /** Customers who are tested: with something in training and something held out. */
  customers: number;
  /** Customers who could be, where only some of them are tested, evenly picked. */
  testable?: number;
  /** The customers that recommenders learn from and are tested on, where not all of them fit into memory. */
  sample?: CustomerSample;
  /** Customer-item pairs to foresee. */
  heldOut: number;
  rows: EvaluationRow[];
  /** Of predicted ratings, where entries are ratings. */
  ratings?: ({ predictor: string } & RatingError)[];
  /** The weight of each voice of the blend. */
  weights?: Record<string, number>;
  tuned?: Tuned[];
}

export interface EvaluateOptions extends FitPartOptions {
  /** Segments that are found where `segment` is compared. */
  segments: number;
  /** Told what is at work. */
  onStep?: (done: number, total: number, unit: string) => void;
}

/** Holds out what the configuration says. */
function splitOf(
  shopEvents: ShopEvents,
  { split, share, leave }: EvaluationConfig,
  { excludeOwned }: RecommendationsConfig,
  seed: number,
): { split: SalesSplit; kind: 'time' | 'last' | 'random' } {
  const { events, combine, finish } = shopEvents;
  const kind = split ?? (events.time ? 'time' : 'random');
  if (kind !== 'random' && !events.time) {
    throw new UsageError({
      key: 'evaluation.split',
      expected: `times of transactions to split by ${kind}`,
      found: 'none',
      hint: 'Name their column with --time, or take --split random.',
    });
  }
  const options = { combine, onlyNew: excludeOwned };
  const found: Split =
    kind === 'time'
      ? timeSplit(events, { share, ...options })
      : kind === 'last'
        ? leaveLastOut(events, { count: leave, ...options })
        : randomSplit(events, { share, seed, ...options });
  return { kind, split: withSales({ ...found, train: finish(found.train) }, events) };
}

/** How many different rows there are, counted up to `most`. */
function differentRows({ count, factors, values }: Factors, most: number): number {
  const different = new Set<string>();
  for (let row = 0; row < count && different.size < most; row++) {
    different.add(values.subarray(row * factors, (row + 1) * factors).join());
  }
  return different.size;
}

/**
 * Segments for a comparison: those of a night are found from features that know what is held out, so here tastes are
 * segmented that a factorisation finds in training.
 */
async function tasteSegments(train: Csr, k: number, { seed, signal }: FitPartOptions): Promise<Int32Array> {
  const als = await new Als({ factors: 16, iterations: 5, seed }).fit(train, { signal });
  const tastes = await als.foldIn(train, { signal });
  const { count, factors, values } = tastes;
  const rows = tensor2d(values, [count, factors]);
  const columns = transposed(rows);
  try {
    return (await new KMeans({ k: differentRows(tastes, k), starts: 3, seed }).fit(columns, { signal }))
      .labels;
  } finally {
    rows.dispose();
    columns.dispose();
  }
}

/** Predictors of ratings that are compared, by their names. */
const predictors: Record<string, RatingNeighboursOptions> = {
  'similar customers': {},
  'similar customers, baseline': { centring: 'baseline' },
  'similar items, baseline': { of: 'items', centring: 'baseline' },
};

/** Errors of predicted ratings on those that were held out. */
async function ratingErrors(
  train: Csr,
  heldOut: Csr,
  { scale }: RecommendationsConfig,
  signal: AbortSignal | undefined,
): Promise<NonNullable<Evaluation['ratings']>> {
  const { rows, indptr, indices: items, values: truth } = heldOut;
  const customers = new Int32Array(items.length);
  for (let row = 0; row < rows; row++) customers.fill(row, indptr[row], indptr[row + 1]);
  const { mean, ofRow, ofColumn } = ratingBaselines(train, { rowDamping: 15, columnDamping: 10 });
  const errorOf = (predictor: string, predicted: ArrayLike<number>) => ({
    predictor,
    ...ratingError(predicted, truth),
  });
  const errors = [
    errorOf('mean of all', new Float64Array(truth.length).fill(mean)),
    errorOf(
      'baseline',
      Float64Array.from(items, (item, p) => mean + ofRow[customers[p]] + ofColumn[item]),
    ),
  ];
  for (const [name, options] of Object.entries(predictors)) {
    const model = await new RatingNeighbours({ ...options, scale }).fit(train);
    errors.push(errorOf(name, await model.predict({ customers, items }, { signal })));
  }
  return errors;
}

/** Compares the recommenders of a configuration on transactions that they have not seen. */
export async function evaluate(
  names: readonly string[],
  config: RecommendationsConfig,
  settings: EvaluationConfig,
  shopEvents: ShopEvents,
  training: Omit<Training, 'interactions'>,
  { segments, onStep, ...options }: EvaluateOptions,
): Promise<Evaluation> {
  const { seed, signal } = options;
  const { split, kind } = splitOf(shopEvents, settings, config, seed);
  const { train, heldOut } = split;
  const testable = testCustomers(split);
  const customers = evenly(testable, settings.customers);
  if (customers.length === 0) {
    throw new DataError({
      file: 'transactions',
      expected: 'customers with something to learn from and something new held out',
      found: 'none',
      hint: 'Choose another split, with --split last or --share.',
    });
  }
  const k = settings.k ?? config.count;
  if (k > train.columns) {
    throw new UsageError({
      key: 'evaluation.k',
      expected: `k of at most the ${train.columns} items of the catalogue`,
      found: String(k),
      hint: `Give --k ${train.columns} or fewer.`,
    });
  }
  const circles = new Map(training.circles);
  if (names.includes('segment')) {
    const codes = await tasteSegments(train, segments, options);
    circles.set('segment', { codes: columnOf(codes), names: [], firstNumber: 0 });
  }
  const data: Training = { ...training, circles, interactions: train, sales: split.sales };
  const [rows, wanted] = [pickRows(train, customers), pickRows(heldOut, customers)];
  // Held out in the same way once more, from what is in training.
  const validation = async () => {
    const known = { ...shopEvents, events: someEvents(shopEvents.events, split.training) };
    return splitOf(known, settings, config, seed).split;
  };

  const fitted = new Map<string, Recommender>();
  const fit = async (name: string): Promise<Recommender> => {
    const known = fitted.get(name) ?? (await fitPart(name, config, data, options));
    fitted.set(name, known);
    return known;
  };
  let weights: BlendWeights | undefined;
  const blendWeights = async () => {
    weights ??= await learnBlend(config, validation, data, {
      ...options,
      count: k,
      excludeOwned: config.excludeOwned,
    });
    return weights;
  };
  const recommenderOf = async (name: string): Promise<Recommender> => {
    const isChain = name === 'chain';
    const parts = isChain
      ? partsOf(config)
      : name === 'blend'
        ? voicesOf(config).map(voice => voice.name)
        : [name];
    for (const part of parts) await fit(part);
    if (isChain)
      return chainFrom(config, fitted, chainOf(config).includes('blend') ? await blendWeights() : undefined);
    return name === 'blend' ? blendOf(config, fitted, await blendWeights()) : fit(name);
  };

  const popular = await fit('popular');
  const items = (await fit('item')) as ItemNeighbours;
  const similarity = similarityIn(items.similar);
  const found: EvaluationRow[] = [];
  let against: Float64Array | undefined;
  const turn = takeTurns(signal);
  const compare = async (name: string, make: () => Promise<Recommender>) => {
    await turn();
    const began = performance.now();
    const recommender = await make();
    const made = performance.now();
    // As in a night, where popularity fills what a recommender leaves empty.
    const chain = new Chain([
      { name, recommender },
      { name: 'popular', recommender: popular },
    ]);
    const asked = { count: k, excludeOwned: config.excludeOwned, customers, signal };
    const lists = await chain.recommend(rows, asked);
    const done = performance.now();
    await turn();
    const { ndcg, ...judgement } = await judge(
      lists,
      { train: rows, heldOut: wanted, all: train },
      { k, similarity, against: name === 'popular' ? undefined : against, seed, signal },
    );
    if (name === 'popular') against = ndcg;
    found.push({
      recommender: name,
      ...judgement,
      fitSeconds: (made - began) / 1000,
      recommendSeconds: (done - made) / 1000,
    });
  };

  const tunes = settings.tune ?? [];
  const all = ['popular', ...names.filter(name => name !== 'popular')];
  for (const [place, name] of all.entries()) {
    await compare(name, () => recommenderOf(name));
    onStep?.(place + 1, all.length, 'recommenders');
  }
  let tuned: Tuned[] | undefined;
  if (tunes.length > 0) {
    tuned = await tune(tunes, config, await validation(), data, {
      ...options,
      ...settings,
      k,
      onProgress: undefined,
      onTrial: (done, total, unit) => onStep?.(done, total, unit),
    });
    for (const { recommender, settings: best } of tuned) {
      const asked = withSettings(config, recommender, best);
      await compare(`${recommender} tuned`, () => fitPart(recommender, asked, data, options));
    }
  }
  const { time } = shopEvents.events;
  const ratings = config.weight === 'rating' ? await ratingErrors(train, heldOut, config, signal) : undefined;
  const trainedUntil =
    time && split.training.reduce((last, p) => Math.max(last, time[p]), Number.NEGATIVE_INFINITY);
  return {
    split: kind,
    from: kind === 'time' ? trainedUntil : undefined,
    share: kind === 'last' ? undefined : settings.share,
    leave: kind === 'last' ? settings.leave : undefined,
    k,
    trained: train.indices.length,
    items: train.columns,
    customers: customers.length,
    testable: customers.length < testable.length ? testable.length : undefined,
    heldOut: wanted.indices.length,
    rows: found.sort((a, b) => b.accuracy.ndcg.mean - a.accuracy.ndcg.mean),
    ratings,
    weights:
      weights &&
      Object.fromEntries(voicesOf(config).map(({ name }, voice) => [name, weights!.weights[voice]])),
    tuned,
  };
}
