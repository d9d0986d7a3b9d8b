import type { RecommendationsConfig } from '../config/recommendations.js';
import type { BlendWeights } from '../recommend/fit.js';
import type { RuleFigures } from '../recommend/rule-figures.js';
import type { Run } from '../stage.js';
import type { IncrementalNight } from './base.js';
import {
  carryFullModel,
  customersFile,
  describedHashes,
  fullModel,
  fullVersions,
  saveFullNight,
} from './full-night.js';
import type { Plan } from './plan.js';

/** Saves, beside the model, what the next night needs in order to build on this one. */
export async function saveIncremental(
  { config, staging, published }: Run,
  wanted: RecommendationsConfig,
  { known, rows }: IncrementalNight,
  { plan, blend, rules }: { plan?: Plan; blend: BlendWeights; rules?: RuleFigures },
): Promise<void> {
  if (!config.incremental || !staging) return;
  await rows.write(staging.path('model', customersFile), plan?.made).finally(() => rows.close());
  if (plan) return carryFullModel(fullModel(published!.folder), staging.path('model'), wanted);
  await saveFullNight(staging.path('model'), {
    versions: fullVersions(),
    blend,
    described: known.attributes && describedHashes(known.attributes, known.ids.length),
    rules,
  });
}
