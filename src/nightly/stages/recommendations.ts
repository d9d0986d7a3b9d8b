import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { idText } from '../../data/index.js';
import { sparseCosineTopKCost, transpose } from '../../ops/index.js';
import {
  Content,
  type ItemNeighbours,
  loadRecommender,
  type Recommender,
  Ruled,
  saveRecommender,
  similarityIn,
} from '../../recommend/index.js';
import { stemOf } from '../../recommend/saved-recommender.js';
import { partsOf, type RecommendationsConfig, voicesOf } from '../config/recommendations.js';
import { openIncremental } from '../incremental/base.js';
import { forChosen } from '../incremental/merge.js';
import { type Plan, planOf } from '../incremental/plan.js';
import { chosenRows, inBatches, type Purchases } from '../incremental/purchases.js';
import { saveIncremental } from '../incremental/save.js';
import { businessRules } from '../recommend/business-rules.js';
import { readEvents, type ShopEvents } from '../recommend/events.js';
import { chainFrom, type FitPartOptions, fitPart, type Training } from '../recommend/fit.js';
import { learnBlend, validationSplit } from '../recommend/learn-blend.js';
import { saveRecommenderModel } from '../recommend/recommender-model.js';
import { itemIds, openShop, type Shop } from '../recommend/shop.js';
import {
  type Written,
  writeRecommendations,
  writeSimilarCustomers,
  writeSimilarItems,
} from '../recommend/write-recommendations.js';
import type { Catalogue } from '../recommendation-tables.js';
import type { Run, Stage } from '../stage.js';

/** How alike two items are, for diversity: by what they are, where that is known, else by who has them. */
async function similarityOf(
  parts: ReadonlyMap<string, Recommender>,
  fitItems: () => Promise<ItemNeighbours>,
): Promise<(a: number, b: number) => number> {
  const content = parts.get('content');
  if (content instanceof Content) return (a, b) => content.similarity(a, b);
  return similarityIn((await fitItems()).similar);
}

/** What the reader should know of these recommendations. */
function remarks(
  { count }: RecommendationsConfig,
  { interactions: { items, matrix } }: Shop,
  { short }: Written,
  { model, candidates }: { model?: ItemNeighbours; candidates: number },
): string[] {
  const found: string[] = [];
  if (count > items.length) {
    found.push(`The catalogue has ${items.length} items: nobody can be recommended ${count}.`);
  }
  if (model && matrix.indices.length > 0 && model.similar.indices.length === 0) {
    found.push(
      'No two items have a customer in common, so none are similar: check which columns are the customer and the item.',
    );
  }
  if (short > 0 && count <= items.length) {
    const left =
      candidates < items.length ? `${candidates} of ${items.length} items` : `${items.length} items`;
    found.push(
      `${short.toLocaleString('en')} customers get fewer than ${count}: what they have and the rules leave too few of ${left}.`,
    );
  }
  return found;
}

/** Fits a recommender and saves it beside the other models, or takes what a run that was killed has saved. */
async function fittedPart(
  { staging }: Run,
  name: string,
  ...[config, training, options]: [RecommendationsConfig, Training, FitPartOptions]
): Promise<Recommender> {
  const folder = staging?.path('model');
  if (!folder) return fitPart(name, config, training, options);
  const { items } = options;
  // What is known of the customers is not all saved with these: they have to be told of them again.
  const isQuick = name === 'attributes';
  if (!isQuick && existsSync(join(folder, `${stemOf(name)}.json`)))
    return loadRecommender(folder, { name, items });
  const model = await fitPart(name, config, training, options);
  await saveRecommender(folder, model, { name, items });
  return model;
}

/** Recommends anew to the customers for whom something has changed; all others keep what they have. */
async function recommendToChanged(
  run: Run,
  wanted: RecommendationsConfig,
  recommender: Recommender,
  { plan, purchases, catalogue }: { plan: Plan; purchases: Purchases; catalogue: Catalogue },
): Promise<Written> {
  const { matrix, customers } = await chosenRows(purchases, catalogue.items.length, plan.changed);
  const some = forChosen(recommender, plan.changed);
  const base = { ...plan, purchases };
  const written = await writeRecommendations(run, some, wanted, matrix, { ...catalogue, customers }, base);
  // Those who keep what they have are not looked at again.
  return { ...written, short: 0 };
}

export const recommendations: Stage = {
  name: 'recommendations',
  does: 'find what is alike, recommend to every customer',
  idle({ recommendations, sources }) {
    if (recommendations === false) return 'recommendations: false';
    return sources.transactions ? undefined : 'there are no transactions';
  },
  async run(run) {
    const { config, database, device, progress, signal, found } = run;
    const wanted = config.recommendations;
    if (!wanted) return 0;
    const shop = await openShop(database, wanted, found);
    try {
      const { interactions, names, facts } = shop;
      const { matrix, customers, items } = interactions;
      found.quality.push(...shop.quality);
      await device(sparseCosineTopKCost(transpose(matrix), matrix, wanted.neighbours));
      let events: Promise<ShopEvents> | undefined;
      const allEvents = () => {
        events ??= readEvents(database, interactions, wanted.weight);
        return events;
      };
      const sales = partsOf(wanted).includes('trending') ? (await allEvents()).events : undefined;
      const training: Training = { ...shop, interactions: matrix, sales };
      const options: FitPartOptions = {
        seed: config.seed,
        items: itemIds(shop),
        onProgress: (done, total, unit) => progress.update(done, total, unit),
        signal,
      };
      const voices = voicesOf(wanted);
      const split = async () => validationSplit(await allEvents(), config.seed);
      const parts = new Map<string, Recommender>();
      const fitParts = async () => {
        for (const name of partsOf(wanted)) {
          if (!parts.has(name)) parts.set(name, await fittedPart(run, name, wanted, training, options));
        }
      };
      const purchases = inBatches(interactions);
      const learn = () => learnBlend(wanted, split, training, { ...options, ...wanted });
      const night = await openIncremental(run, wanted, { ...shop, purchases, ids: itemIds(shop) });
      let blend = night?.base?.full.blend ?? (await learn());
      if (night?.base?.als) parts.set('als', night.base.als);
      await fitParts();
      const fitItems = async () => {
        const model = parts.get('item') ?? (await fittedPart(run, 'item', wanted, training, options));
        parts.set('item', model);
        return model as ItemNeighbours;
      };
      if (wanted.similarItems) await fitItems();
      const ruled =
        wanted.rules &&
        (await businessRules(wanted.rules, facts, {
          idOf: item => idText(items, item),
          snapshot: shop.snapshot,
          similarity: () => similarityOf(parts, fitItems),
        }));
      const plan = night && (await planOf(run, wanted, night, { parts, rules: ruled?.figures }));
      if (night?.base && !plan) {
        // What was kept of the last full night alone is to be found anew.
        parts.delete('als');
        blend = await learn();
        await fitParts();
      }
      const kept = plan && parts.get('als');
      if (kept && run.staging) {
        await saveRecommender(run.staging.path('model'), kept, { name: 'als', items: options.items });
      }
      if (night) await saveIncremental(run, wanted, night, { plan, blend, rules: ruled?.figures });
      const chain = chainFrom(wanted, parts, blend);
      if (run.staging) {
        const [denied, allowed] = [
          new Set(ruled?.rules.deny),
          ruled?.rules.allow && new Set(ruled.rules.allow),
        ];
        await saveRecommenderModel(
          run.staging.path('model'),
          {
            sources: config.sources,
            items: itemIds(shop),
            names,
            circles: [...shop.circles].map(([part, { names: some, firstNumber }]) => ({
              part,
              names: some,
              firstNumber,
            })),
            denied: names.flatMap((_, item) =>
              denied.has(item) || allowed?.has(item) === false ? [item] : [],
            ),
            encoder: shop.encoder,
            config: wanted,
            recommender: chain,
          },
          new Set(parts.keys()),
        );
      }
      const recommender = ruled ? new Ruled(chain, ruled.rules) : chain;
      const catalogue = { customers, items, names, circles: shop.circleNames };
      const written = plan
        ? await recommendToChanged(run, wanted, recommender, { plan, purchases, catalogue })
        : await writeRecommendations(run, recommender, wanted, matrix, catalogue);
      const model = parts.get('item') as ItemNeighbours | undefined;
      if (wanted.similarItems && model) await writeSimilarItems(run, model, catalogue);
      if (wanted.similarCustomers) await writeSimilarCustomers(run, wanted, matrix, catalogue);
      found.recommendations = {
        items: items.length,
        pairs: matrix.indices.length,
        rows: written.rows,
        examples: written.examples,
        weights:
          voices.length > 0
            ? Object.fromEntries(voices.map(({ name }, i) => [name, blend.weights[i]]))
            : undefined,
        softening: blend.softening,
        incremental: plan?.report,
        fullBecause: night?.because,
        remarks: remarks(wanted, shop, written, { model, candidates: ruled?.candidates ?? items.length }),
      };
      return customers.length;
    } finally {
      await shop.facts.close();
    }
  },
};
