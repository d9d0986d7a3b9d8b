import { customersIn, type PurchaseBatch } from '../../data/index.js';
import type { Recommender } from '../../recommend/index.js';
import { forCustomers, someOf } from '../recommend/for-customers.js';
import { readNewcomers } from '../recommend/newcomers.js';
import { writeRecommendations } from '../recommend/write-recommendations.js';
import type { Stage } from '../stage.js';

/** A recommender that keeps from what the rules of its night let nobody have. */
function without(denied: readonly number[], items: number, recommender: Recommender): Recommender {
  if (denied.length === 0) return recommender;
  const candidates = new Uint8Array(items).fill(1);
  for (const item of denied) candidates[item] = 0;
  return { recommend: (rows, options) => recommender.recommend(rows, { ...options, candidates }) };
}

export const scoreRecommendations: Stage = {
  name: 'scoreRecommendations',
  does: 'recommend to every customer by the recommenders of the model',
  async run(run) {
    const { config, database, device, model: segments, recommenderModel: model, found } = run;
    if (!model) throw new Error('recommending needs a model');
    const { items: ids, names, circles, denied, config: wanted } = model;
    const newcomers = await readNewcomers(database, model, config, segments);
    const { purchases } = newcomers;
    const { items, unknownPairs, pairs } = purchases;
    found.quality.push(...purchases.quality);
    // Each pair is compared with the neighbours of its item.
    const products = pairs * wanted.neighbours;
    await device({ flops: 2 * products, bytes: 8 * products });
    const recommenderOf = (batch: PurchaseBatch) =>
      without(
        denied,
        ids.length,
        forCustomers('chain', model.recommender, someOf(newcomers, customersIn(batch))),
      );
    const catalogue = { items, names, circles: circles.flatMap(circle => circle.names) };
    const { rows, short, examples } = await writeRecommendations(
      run,
      recommenderOf,
      wanted,
      purchases,
      catalogue,
    );
    const remarks: string[] = [];
    if (unknownPairs > 0) {
      remarks.push(
        unknownPairs === 1
          ? '1 pair of a customer and an item that the model does not know says nothing: fit it again to learn from it.'
          : `${unknownPairs.toLocaleString('en')} pairs of a customer and an item that the model does not know say nothing: fit it again to learn from them.`,
      );
    }
    if (wanted.rules) {
      remarks.push('Of the rules of the model only those hold that keep items from everybody.');
    }
    if (short > 0) {
      const customers = short === 1 ? '1 customer gets' : `${short.toLocaleString('en')} customers get`;
      remarks.push(`${customers} fewer than ${wanted.count}.`);
    }
    found.recommendations = { items: ids.length, pairs, rows, examples, remarks };
    return purchases.rows;
  },
};
