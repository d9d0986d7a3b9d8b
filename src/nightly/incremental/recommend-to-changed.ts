import { type CustomerPurchases, HeldPurchases, type PurchaseBatch } from '../../data/index.js';
import type { Recommender } from '../../recommend/index.js';
import type { RecommendationsConfig } from '../config/recommendations.js';
import { type Written, writeRecommendations } from '../recommend/write-recommendations.js';
import type { Catalogue } from '../recommendation-tables.js';
import type { Run } from '../stage.js';
import type { Plan } from './plan.js';
import { chosenRows } from './purchases.js';

/** Recommends anew to the customers for whom something has changed; all others keep what they have. */
export async function recommendToChanged(
  run: Run,
  wanted: RecommendationsConfig,
  recommenderFor: (customers: Int32Array) => Recommender,
  { plan, purchases, catalogue }: { plan: Plan; purchases: CustomerPurchases; catalogue: Catalogue },
): Promise<Written> {
  const { items, unknownPairs, quality } = purchases;
  const rows = await chosenRows(purchases, items.length, plan.changed);
  const some = new HeldPurchases({ items, unknownPairs, quality, ...rows });
  const recommenderOf = ({ from, matrix: { rows } }: PurchaseBatch) =>
    recommenderFor(plan.changed.subarray(from, from + rows));
  const written = await writeRecommendations(run, recommenderOf, wanted, some, catalogue, {
    ...plan,
    purchases,
  });
  // Those who keep what they have are not looked at again.
  return { ...written, short: 0 };
}
