import { type CustomerPurchases, customersIn, idText, type PurchaseBatch } from '../../data/index.js';
import { type Cost, columnsTopKCost } from '../../ops/index.js';
import { type ItemNeighbours, Ruled } from '../../recommend/index.js';
import { fitNight } from '../incremental/fit-night.js';
import { recommendToChanged } from '../incremental/recommend-to-changed.js';
import { businessRules } from '../recommend/business-rules.js';
import { chainFrom, type FitPartOptions } from '../recommend/fit.js';
import { numbersInFit } from '../recommend/fitted-customers.js';
import { FittedParts } from '../recommend/fitted-parts.js';
import { forCustomers, someOf } from '../recommend/for-customers.js';
import { learnersOf } from '../recommend/learners.js';
import { nightBlend, nightTraining } from '../recommend/night-training.js';
import { recommendationsReport } from '../recommend/report.js';
import { saveNightModel } from '../recommend/save-night-model.js';
import { itemIds, openShop } from '../recommend/shop.js';
import {
  writeRecommendations,
  writeSimilarCustomers,
  writeSimilarItems,
} from '../recommend/write-recommendations.js';
import type { Stage } from '../stage.js';

/** What it costs to find the neighbours of all items. */
async function neighboursCost(purchases: CustomerPurchases, neighbours: number): Promise<Cost> {
  const matrices = purchases.held ? [purchases.held] : purchases.batches();
  const cost: Cost = { flops: 0, bytes: 0 };
  for await (const { matrix } of matrices) {
    const { flops, bytes } = columnsTopKCost(matrix, neighbours);
    cost.flops += flops;
    cost.bytes += bytes;
  }
  return cost;
}

export const recommendations: Stage = {
  name: 'recommendations',
  does: 'find what is alike, recommend to every customer',
  idle({ recommendations, sources }) {
    if (recommendations === false) return 'recommendations: false';
    return sources.transactions ? undefined : 'there are no transactions';
  },
  async run(run) {
    const { config, device, progress, signal, found } = run;
    const wanted = config.recommendations;
    if (!wanted) return 0;
    const shop = await openShop(run, wanted);
    try {
      const { purchases, names } = shop;
      const { items } = purchases;
      const ids = itemIds(shop);
      found.quality.push(...shop.quality);
      const learners = await learnersOf(run, wanted, purchases);
      await device(await neighboursCost(purchases, wanted.neighbours));
      const training = await nightTraining(run, wanted, shop, learners);
      const options: FitPartOptions = {
        seed: config.seed,
        items: ids,
        onProgress: (done, total, unit) => progress.update(done, total, unit),
        signal,
      };
      const parts = new FittedParts(run, wanted, training, options);
      const learn = () => nightBlend(run, wanted, shop, learners, training, options);
      const rulesOf = async () =>
        wanted.rules &&
        businessRules(wanted.rules, shop.facts, {
          idOf: item => idText(items, item),
          snapshot: shop.snapshot,
          similarity: () => parts.similarity(),
        });
      const night = await fitNight(run, wanted, { ...shop, ids }, parts, learn, rulesOf);
      const { blend, rules, plan } = night;
      const chain = chainFrom(wanted, parts.byName, blend);
      await saveNightModel(run, wanted, shop, { chain, rules, parts });
      const recommender = rules ? new Ruled(chain, rules.rules) : chain;
      const recommenderFor = (customers: Int32Array) =>
        forCustomers('chain', recommender, {
          ...someOf(shop, customers),
          fitted: numbersInFit(learners.fitted, customers),
        });
      const recommenderOf = (batch: PurchaseBatch) => recommenderFor(customersIn(batch));
      const catalogue = { items, names, circles: shop.circleNames };
      const written = plan
        ? await recommendToChanged(run, wanted, recommenderFor, { plan, purchases, catalogue })
        : await writeRecommendations(run, recommenderOf, wanted, purchases, catalogue);
      const model = parts.byName.get('item') as ItemNeighbours | undefined;
      if (wanted.similarItems && model) await writeSimilarItems(run, model, catalogue);
      if (wanted.similarCustomers) await writeSimilarCustomers(run, wanted, purchases, learners.fitted);
      found.recommendations = recommendationsReport(run, wanted, shop, night, { learners, written, model });
      return purchases.rows;
    } finally {
      await shop.facts.close();
    }
  },
};
