import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CustomerPurchases,
  customersIn,
  HeldPurchases,
  idText,
  type PurchaseBatch,
} from '../../data/index.js';
import { type Cost, columnsTopKCost } from '../../ops/index.js';
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
import { type Plan, planOf } from '../incremental/plan.js';
import { chosenRows } from '../incremental/purchases.js';
import { saveIncremental } from '../incremental/save.js';
import { memoryShares } from '../memory-shares.js';
import { businessRules } from '../recommend/business-rules.js';
import { readEvents, readLastSales } from '../recommend/events.js';
import {
  chainFrom,
  type FitPartOptions,
  fitPart,
  learnsFromSample,
  type Training,
} from '../recommend/fit.js';
import {
  type FittedCustomers,
  fittedCustomers,
  learningCustomers,
  nobody,
  numbersInFit,
  sampleRemark,
} from '../recommend/fitted-customers.js';
import { forCustomers, someOf } from '../recommend/for-customers.js';
import { learnBlend, validationSplit } from '../recommend/learn-blend.js';
import { saveRecommenderModel } from '../recommend/recommender-model.js';
import { itemIds, openShop, type Shop, trainingOf } from '../recommend/shop.js';
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
  { purchases: { items, pairs } }: Shop,
  { short }: Written,
  { model, candidates }: { model?: ItemNeighbours; candidates: number },
): string[] {
  const found: string[] = [];
  if (count > items.length) {
    found.push(
      `The catalogue has ${items.length} ${items.length === 1 ? 'item' : 'items'}: nobody can be recommended ${count}.`,
    );
  }
  if (model && pairs > 0 && model.similar.indices.length === 0) {
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

/** The recommenders that learn from a sample where not all customers fit into memory. */
function sampledParts(wanted: RecommendationsConfig): string[] {
  const parts = new Set([...partsOf(wanted), ...(wanted.similarItems ? ['item'] : [])]);
  return [...parts].filter(name => learnsFromSample(name, wanted));
}

function learnsBlend(wanted: RecommendationsConfig): boolean {
  return voicesOf(wanted).some(({ weight }) => weight === undefined);
}

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

/** The customers whose sales the weights of the blend are learnt from; undefined where all of them are given. */
async function blendCustomers(
  { config, database }: Run,
  wanted: RecommendationsConfig,
  fitted: FittedCustomers,
  customers: number,
): Promise<FittedCustomers | undefined> {
  if (!learnsBlend(wanted)) return undefined;
  const { sales } = await database.row<{ sales: number }>('SELECT count(*) AS sales FROM transactions');
  return learningCustomers(config, fitted, (sales * fitted.ids.length) / Math.max(1, customers));
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
    const shop = await openShop(run, wanted);
    try {
      const { purchases, names, facts, circles } = shop;
      const { items, held } = purchases;
      found.quality.push(...shop.quality);
      const learners = sampledParts(wanted);
      const isSample = !held && (learners.length > 0 || learnsBlend(wanted) || wanted.similarCustomers);
      const fitted = held || isSample ? await fittedCustomers(config, wanted, purchases) : nobody(purchases);
      await device(await neighboursCost(purchases, wanted.neighbours));
      const sales = partsOf(wanted).includes('trending')
        ? await readLastSales(database, items, wanted.weight)
        : undefined;
      const training: Training = {
        ...trainingOf(shop, fitted),
        sales,
        everybody: held ? undefined : { purchases, circles, memory: memoryShares(config.memory).fitting },
      };
      const options: FitPartOptions = {
        seed: config.seed,
        items: itemIds(shop),
        onProgress: (done, total, unit) => progress.update(done, total, unit),
        signal,
      };
      const voices = voicesOf(wanted);
      const learning = await blendCustomers(run, wanted, fitted, purchases.rows);
      const split = async () =>
        validationSplit(
          await readEvents(database, { customers: learning!.ids, items }, wanted.weight),
          config.seed,
        );
      const learnt = learning ? trainingOf(shop, learning) : training;
      const learn = () => learnBlend(wanted, split, learnt, { ...options, ...wanted });
      const parts = new Map<string, Recommender>();
      const fitParts = async () => {
        for (const name of partsOf(wanted)) {
          if (!parts.has(name)) parts.set(name, await fittedPart(run, name, wanted, training, options));
        }
      };
      const night = await openIncremental(run, wanted, { ...shop, ids: itemIds(shop) });
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
            circles: [...circles].map(([part, { names: some, firstNumber }]) => ({
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
      const catalogue = { items, names, circles: shop.circleNames };
      const recommenderFor = (customers: Int32Array) =>
        forCustomers('chain', recommender, {
          ...someOf(shop, customers),
          fitted: numbersInFit(fitted, customers),
        });
      const recommenderOf = (batch: PurchaseBatch) => recommenderFor(customersIn(batch));
      const written = plan
        ? await recommendToChanged(run, wanted, recommenderFor, { plan, purchases, catalogue })
        : await writeRecommendations(run, recommenderOf, wanted, purchases, catalogue);
      const model = parts.get('item') as ItemNeighbours | undefined;
      if (wanted.similarItems && model) await writeSimilarItems(run, model, catalogue);
      if (wanted.similarCustomers) await writeSimilarCustomers(run, wanted, purchases, fitted);
      // What is kept was fitted in the last full night.
      const sampled = learners.filter(name => !(kept && name === 'als'));
      const samples = [
        ...(isSample && sampled.length > 0
          ? [sampleRemark(`Fitted ${sampled.join(', ')}`, fitted, purchases, config)]
          : []),
        ...(isSample && wanted.similarCustomers
          ? [sampleRemark('Compared customers', fitted, purchases, config)]
          : []),
        ...(learning?.numbers && !plan
          ? [sampleRemark('Fitted the weights of the blend', learning, purchases, config)]
          : []),
      ];
      found.recommendations = {
        items: items.length,
        pairs: purchases.pairs,
        rows: written.rows,
        examples: written.examples,
        weights:
          voices.length > 0
            ? Object.fromEntries(voices.map(({ name }, i) => [name, blend.weights[i]]))
            : undefined,
        softening: blend.softening,
        fitted: isSample ? { sample: fitted.ids.length, of: purchases.rows, parts: sampled } : undefined,
        incremental: plan?.report,
        fullBecause: night?.because,
        remarks: [
          ...samples,
          ...remarks(wanted, shop, written, { model, candidates: ruled?.candidates ?? items.length }),
        ],
      };
      return purchases.rows;
    } finally {
      await shop.facts.close();
    }
  },
};
