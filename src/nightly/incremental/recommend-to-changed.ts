import { type CustomerPurchases, customersIn, type PurchaseBatch } from '../../data/index.js';
import type { Recommender } from '../../recommend/index.js';
import type { RecommendationsConfig } from '../config/recommendations.js';
import { type Written, writeRecommendations } from '../recommend/write-recommendations.js';
import type { Catalogue } from '../recommendation-tables.js';
import type { Run } from '../stage.js';
import { ChangedPurchases } from './changed-purchases.js';
import type { Plan } from './plan.js';

/** Recommends anew to the customers for whom something has changed; all others keep what they have. */
export async function recommendToChanged(
  run: Run,
  wanted: RecommendationsConfig,
  recommenderFor: (customers: Int32Array) => Recommender,
  { plan, purchases, catalogue }: { plan: Plan; purchases: CustomerPurchases; catalogue: Catalogue },
): Promise<Written> {
  const some = new ChangedPurchases(purchases, plan.changed);
  const recommenderOf = (batch: PurchaseBatch) => recommenderFor(customersIn(batch));
  const written = await writeRecommendations(run, recommenderOf, wanted, some, catalogue, {
    ...plan,
    purchases,
  });
  // Those who keep what they have are not looked at again.
  return { ...written, short: 0 };
}
