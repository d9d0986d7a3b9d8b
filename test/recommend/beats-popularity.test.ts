import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  accuracy,
  bootstrapDifference,
  type Events,
  learnWeights,
  leaveLastOut,
  type Split,
  someEvents,
  timeSplit,
} from '../../src/evaluate/index.js';
import { testCustomers } from '../../src/nightly/recommend/learn-blend.js';
import type { Csr } from '../../src/ops/index.js';
import {
  Als,
  Blend,
  Chain,
  Content,
  ItemNeighbours,
  Popularity,
  type Recommender,
  SegmentFavourites,
  Trending,
  UserNeighbours,
} from '../../src/recommend/index.js';
import { pickRows } from '../../src/recommend/sparse-rows.js';
import { KMeans } from '../../src/segment/index.js';
import { dataset } from '../datasets.js';
import { onDevice } from '../devices.js';
import { movieLensEvents, onlineRetailEvents } from './real-events.js';

/** NDCG@10 of each customer who has something in training and something held out. */
async function ndcg(recommender: Recommender, { train, heldOut }: Split): Promise<Float64Array> {
  const has = ({ indptr }: Csr, c: number) => indptr[c + 1] > indptr[c];
  const customers = Int32Array.from({ length: train.rows }, (_, c) => c).filter(
    c => has(train, c) && has(heldOut, c),
  );
  const found = await recommender.recommend(pickRows(train, customers), { count: 10, customers });
  return accuracy(found, pickRows(heldOut, customers), 10).ndcg;
}

const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The 95 % interval of the gain over popularity lies above 0. */
async function expectToBeatPopularity(recommenders: Record<string, Recommender>, split: Split) {
  const popular = await ndcg(Popularity.of(split.train), split);
  const means: Record<string, number> = { popular: mean(popular) };
  for (const [name, recommender] of Object.entries(recommenders)) {
    const found = await ndcg(recommender, split);
    means[name] = mean(found);
    expect((await bootstrapDifference(found, popular)).low, name).toBeGreaterThan(0);
  }
  return means;
}

async function fitAll({ train }: Split) {
  const als = await new Als({ factors: 32, iterations: 6 }).fit(train);
  const items = await new ItemNeighbours({ neighbours: 20 }).fit(train);
  const users = await new UserNeighbours().fit(train);
  return { als, items, users };
}

/** The same voices fitted to a part of the training data, and how they foresee the rest of it, make the blend. */
async function learntBlend(
  voices: Record<string, Recommender>,
  validation: Split,
  fit: () => Promise<Record<string, Recommender>>,
): Promise<Blend> {
  const { train, heldOut } = validation;
  const customers = testCustomers(validation);
  const rows = pickRows(train, customers);
  const lists = [];
  for (const voice of Object.values(await fit())) {
    lists.push(await voice.recommend(rows, { count: 100, customers, fill: false }));
  }
  const { weights, softening } = learnWeights(lists, pickRows(heldOut, customers));
  const heard = Object.entries(voices).map(([name, recommender], i) => ({
    name,
    recommender,
    weight: weights[i],
  }));
  return new Blend(
    heard.filter(({ weight }) => weight > 0),
    { softening },
  );
}

const films = dataset('movielens-100k/u.data');
const shop = dataset('online-retail/OnlineRetail.csv.gz');

describe('every recommender beats popularity on NDCG@10', () => {
  onDevice('cpu');

  it.skipIf(!films)(
    'on the last ten ratings of each user of MovieLens 100K',
    { timeout: 120_000 },
    async () => {
      const split = leaveLastOut(movieLensEvents(films!), { count: 10 });
      const recommenders = await fitAll(split);
      const known = someEvents(movieLensEvents(films!), split.training);
      const validation = leaveLastOut(known, { count: 10 });
      const blend = await learntBlend(recommenders, validation, () => fitAll(validation));
      const chain = new Chain([
        { name: 'als', recommender: recommenders.als },
        { name: 'popular', recommender: recommenders.als.popularity },
      ]);
      const means = await expectToBeatPopularity({ ...recommenders, blend, chain }, split);
      expect(means.chain).toBeGreaterThanOrEqual(Math.max(means.als, means.items, means.users));
    },
  );

  it.skipIf(!shop)(
    'on the last fifth of the sales of Online Retail',
    async () => {
      const { events, names } = await onlineRetailEvents(shop!);
      const split = timeSplit(events, { share: 0.2 });
      const content = await new Content().fit({ texts: { name: names } });
      const voicesOf = async (some: Split, of: Events) => {
        const trending = await new Trending().fit(someEvents(of, some.training));
        return { ...(await fitAll(some)), content, trending };
      };
      const recommenders = await voicesOf(split, events);
      const customers = await recommenders.als.foldIn(split.train);
      const tastes = tf.tidy(() =>
        tf.transpose(tf.tensor2d(customers.values, [customers.count, customers.factors])),
      );
      const { labels } = await new KMeans({ k: 8, starts: 1, seed: 0 }).fit(tastes);
      tastes.dispose();
      const segments = await new SegmentFavourites().fit(split.train, labels);
      // Weights and softening see nothing of what is held out in the end.
      const known = someEvents(events, split.training);
      const validation = timeSplit(known, { share: 0.2 });
      const blend = await learntBlend(recommenders, validation, () => voicesOf(validation, known));
      const chain = new Chain([
        { name: 'blend', recommender: blend },
        { name: 'segments', recommender: segments },
        { name: 'popular', recommender: recommenders.als.popularity },
      ]);
      const means = await expectToBeatPopularity({ ...recommenders, segments, blend, chain }, split);
      const { blend: _, chain: __, ...parts } = means;
      const best = Math.max(...Object.values(parts));
      expect(means.blend).toBeGreaterThanOrEqual(best);
      expect(means.chain).toBeGreaterThanOrEqual(best);
    },
    300_000,
  );
});
