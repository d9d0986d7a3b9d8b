import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { accuracy, interactionsOf } from '../../src/evaluate/index.js';
import { Als, ItemNeighbours, type Recommender } from '../../src/recommend/index.js';
import { dataset } from '../datasets.js';
import { onDevice } from '../devices.js';

const base = dataset('movielens-100k/ua.base');
const held = dataset('movielens-100k/ua.test');

function ratedIn(path: string) {
  const rows = readFileSync(path, 'ascii')
    .trim()
    .split('\n')
    .map(line => line.split('\t').map(Number));
  return interactionsOf({
    customers: 943,
    items: 1682,
    customer: Int32Array.from(rows, ([user]) => user - 1),
    item: Int32Array.from(rows, ([, film]) => film - 1),
  });
}

async function judged(recommender: Recommender) {
  const lists = await recommender.recommend(ratedIn(base!), { count: 10 });
  const { ndcg, recall } = accuracy(lists, ratedIn(held!), 10);
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { ndcg: mean(ndcg), recall: mean(recall) };
}

function within(found: number, published: number, share: number) {
  expect(Math.abs(found / published - 1)).toBeLessThan(share);
}

/** NDCG@10 and recall@10 on the official split ua, found once by bench/peers/recommender_figures.py. */
describe.skipIf(!base)('as good as implicit 0.7.3 and LensKit 2025.8.1 on MovieLens 100K', () => {
  onDevice('native');

  it.each([
    [20, { implicit: [0.2406, 0.20414], lenskit: [0.24042, 0.20403] }],
    [100, { implicit: [0.22777, 0.18696], lenskit: [0.22737, 0.18653] }],
  ])('with %i similar items', async (neighbours, peers) => {
    const { ndcg, recall } = await judged(await new ItemNeighbours({ neighbours }).fit(ratedIn(base!)));
    for (const [theirNdcg, theirRecall] of Object.values(peers)) {
      within(ndcg, theirNdcg, 0.01);
      within(recall, theirRecall, 0.01);
    }
    expect(ndcg).toBeCloseTo(peers.lenskit[0], 5);
  });

  it('by matrix factorisation, in the mean of three seeds', { timeout: 120_000 }, async () => {
    const peers = { implicit: [0.3179, 0.27033], lenskit: [0.31697, 0.27006] };
    let [ndcg, recall] = [0, 0];
    for (const seed of [0, 1, 2]) {
      const found = await judged(await new Als({ factors: 32, seed }).fit(ratedIn(base!)));
      ndcg += found.ndcg / 3;
      recall += found.recall / 3;
    }
    for (const [theirNdcg, theirRecall] of Object.values(peers)) {
      within(ndcg, theirNdcg, 0.01);
      within(recall, theirRecall, 0.01);
    }
  });
});
