import { partsOf, type RecommendationsConfig } from '../config/recommendations.js';
import { memoryShares } from '../memory-shares.js';
import type { Run } from '../stage.js';
import { readEvents, readLastSales } from './events.js';
import type { BlendWeights, FitPartOptions, Training } from './fit.js';
import { learnBlend, validationSplit } from './learn-blend.js';
import type { Learners } from './learners.js';
import { type Shop, trainingOf } from './shop.js';

/** What the recommenders of a night are fitted to. */
export async function nightTraining(
  { config, database }: Run,
  wanted: RecommendationsConfig,
  shop: Shop,
  { fitted }: Learners,
): Promise<Training> {
  const { purchases, circles } = shop;
  const { fitting } = memoryShares(config.memory);
  return {
    ...trainingOf(shop, fitted),
    sales: partsOf(wanted).includes('trending')
      ? await readLastSales(database, purchases.items, wanted.weight)
      : undefined,
    everybody: purchases.held ? undefined : { purchases, circles, memory: fitting },
  };
}

/** The weights of the blend of a night: those given, or those learnt on sales held out of the training data. */
export function nightBlend(
  { config, database }: Run,
  wanted: RecommendationsConfig,
  shop: Shop,
  { learning }: Learners,
  training: Training,
  options: FitPartOptions,
): Promise<BlendWeights> {
  const { items } = shop.purchases;
  const split = async () =>
    validationSplit(
      await readEvents(database, { customers: learning!.ids, items }, wanted.weight),
      config.seed,
    );
  const learnt = learning ? trainingOf(shop, learning) : training;
  return learnBlend(wanted, split, learnt, { ...options, ...wanted });
}
