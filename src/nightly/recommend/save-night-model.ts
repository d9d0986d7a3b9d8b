import type { Recommender } from '../../recommend/index.js';
import type { RecommendationsConfig } from '../config/recommendations.js';
import type { Run } from '../stage.js';
import type { BusinessRules } from './business-rules.js';
import type { FittedParts } from './fitted-parts.js';
import { saveRecommenderModel } from './recommender-model.js';
import { itemIds, type Shop } from './shop.js';

/** Saves what recommending to customers whom the night has not seen needs, where there is an output. */
export async function saveNightModel(
  { config, staging }: Run,
  wanted: RecommendationsConfig,
  shop: Shop,
  { chain, rules, parts }: { chain: Recommender; rules?: BusinessRules; parts: FittedParts },
): Promise<void> {
  if (!staging) return;
  const { names, circles, encoder } = shop;
  const denied = new Set(rules?.rules.deny);
  const allowed = rules?.rules.allow && new Set(rules.rules.allow);
  const model = {
    sources: config.sources,
    items: itemIds(shop),
    names,
    circles: [...circles].map(([part, { names: some, firstNumber }]) => ({
      part,
      names: some,
      firstNumber,
    })),
    denied: names.flatMap((_, item) => (denied.has(item) || allowed?.has(item) === false ? [item] : [])),
    encoder,
    config: wanted,
    recommender: chain,
  };
  await saveRecommenderModel(staging.path('model'), model, new Set(parts.byName.keys()));
}
