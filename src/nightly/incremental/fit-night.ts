import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { idText } from '../../data/index.js';
import { ItemNeighbours } from '../../recommend/index.js';
import type { RecommendationsConfig } from '../config/recommendations.js';
import type { BusinessRules } from '../recommend/business-rules.js';
import type { BlendWeights, FitPartOptions } from '../recommend/fit.js';
import type { FittedParts } from '../recommend/fitted-parts.js';
import { textHash } from '../recommend/text-hash.js';
import type { Run } from '../stage.js';
import { type IncrementalNight, type Known, openIncremental } from './base.js';
import { type Plan, planOf } from './plan.js';
import type { Purchases } from './purchases.js';
import { saveIncremental } from './save.js';

/** How the recommenders of a night are put together, and whom they recommend to. */
export interface FittedNight {
  blend: BlendWeights;
  rules?: BusinessRules;
  /** Who is recommended to anew, of a night between full ones. */
  plan?: Plan;
  /** Why everything is computed in a night that could have been one of those. */
  fullBecause?: string;
}

/** `[2 · customers]`, two hashes of each customer's id. */
async function customerHashes(purchases: Purchases): Promise<Int32Array> {
  const hashes = new Int32Array(2 * purchases.rows);
  for await (const { from, ids } of purchases.batches()) {
    for (let row = 0; row < ids.length; row++) {
      const id = idText(ids, row);
      hashes[2 * (from + row)] = textHash(id, 0);
      hashes[2 * (from + row) + 1] = textHash(id, 1);
    }
  }
  return hashes;
}

/** What is known of items before they are compared: who bought them, and what the last night found. */
async function knownOfItems(
  { published }: Run,
  { known, base }: IncrementalNight,
): Promise<FitPartOptions['known']> {
  const customers = await customerHashes(known.purchases);
  const folder = published && join(published.folder, 'model');
  if (!base || !folder || !existsSync(join(folder, 'item.json'))) return { customers };
  const model = await ItemNeighbours.load(folder, { name: 'item' });
  const numberOf = new Map(known.ids.map((id, number) => [id, number]));
  const numbers = Int32Array.from(model.items ?? [], id => numberOf.get(id) ?? -1);
  return { customers, earlier: { model, numbers } };
}

/**
 * Fits the recommenders of a night, but for what it takes from the last full one, and plans whom they recommend to. What the
 * next night needs is saved.
 *
 * @param learn finds the weights of the blend
 * @param rulesOf finds what the rules say of items
 */
export async function fitNight(
  run: Run,
  wanted: RecommendationsConfig,
  known: Known,
  parts: FittedParts,
  learn: () => Promise<BlendWeights>,
  rulesOf: () => Promise<BusinessRules | undefined>,
): Promise<FittedNight> {
  const night = await openIncremental(run, wanted, known);
  if (night && !parts.training.everybody) parts.compareItemsWith(await knownOfItems(run, night));
  let blend = night?.base?.full.blend ?? (await learn());
  if (night?.base?.als) parts.keep('als', night.base.als);
  await parts.fitAll();
  if (wanted.similarItems) await parts.items();
  const rules = await rulesOf();
  const plan = night && (await planOf(run, wanted, night, { parts: parts.byName, rules: rules?.figures }));
  if (plan) await parts.save('als');
  else if (night?.base) {
    // What was kept of the last full night alone is to be found anew.
    parts.drop('als');
    blend = await learn();
    await parts.fitAll();
  }
  if (night) await saveIncremental(run, wanted, night, { plan, blend, rules: rules?.figures });
  return { blend, rules, plan, fullBecause: night?.because };
}
