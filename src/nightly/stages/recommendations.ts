import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { idText } from '../../data/index.js';
import { sparseCosineTopKCost, transpose } from '../../ops/index.js';
import {
  Als,
  Content,
  ItemNeighbours,
  Popularity,
  type Recommender,
  Ruled,
  similarityIn,
} from '../../recommend/index.js';
import { chainOf, partsOf, type RecommendationsConfig, voicesOf } from '../config/recommendations.js';
import { type Base, chosenRows, incrementalBase, saveRows } from '../incremental.js';
import { businessRules } from '../recommend/business-rules.js';
import { readEvents } from '../recommend/events.js';
import { chainFrom, type FitPartOptions, fitPart, type Training } from '../recommend/fit.js';
import { learnBlend, validationSplit } from '../recommend/learn-blend.js';
import { itemIds, openShop, type Shop } from '../recommend/shop.js';
import {
  type Written,
  writeRecommendations,
  writeSimilarCustomers,
  writeSimilarItems,
} from '../recommend/write-recommendations.js';
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

/** Recommenders whose fit takes long enough to be kept for a run that goes on after it was killed. */
const kept = {
  item: { file: 'item-neighbours.json', load: (folder: string) => ItemNeighbours.load(folder) },
  als: { file: 'als.json', load: (folder: string) => Als.load(folder) },
} as const;

/** Fits a recommender and saves it beside the other models, or takes what a run that was killed has saved. */
async function fittedPart(
  { staging }: Run,
  name: string,
  ...[config, training, options]: [RecommendationsConfig, Training, FitPartOptions]
): Promise<Recommender> {
  const folder = staging?.path('model');
  if (!folder || (name !== 'item' && name !== 'als')) return fitPart(name, config, training, options);
  if (existsSync(join(folder, kept[name].file))) return kept[name].load(folder);
  const model = (await fitPart(name, config, training, options)) as ItemNeighbours | Als;
  await model.save(folder);
  return model;
}

/** Whether what is recommended to a customer follows from similar items and their own purchases alone. */
function isByItemsAlone(config: RecommendationsConfig): boolean {
  const { rules, similarCustomers } = config;
  return chainOf(config).join() === 'item,popular' && !rules && !similarCustomers;
}

/** Recommends anew only to the customers whose purchases have changed. */
async function recommendToChanged(run: Run, wanted: RecommendationsConfig, base: Base): Promise<number> {
  const { found, staging, device } = run;
  const { model, interactions, names, changed, report: incremental } = base;
  const { matrix, items, customers } = interactions;
  found.quality.push(...interactions.quality);
  await device(sparseCosineTopKCost(matrix, model.similar, wanted.count));
  const some = chosenRows(interactions, changed);
  if (staging) await model.save(staging.path('model'));
  await saveRows(run, interactions, names);
  const parts = new Map<string, Recommender>([
    ['item', model],
    ['popular', Popularity.of(matrix)],
  ]);
  const catalogue = { customers: some.customers, items, names, circles: [] };
  const chain = chainFrom(wanted, parts, []);
  const written = await writeRecommendations(run, chain, wanted, some.matrix, catalogue, base);
  if (wanted.similarItems) await writeSimilarItems(run, model, { ...catalogue, customers });
  const { rows, examples } = written;
  const pairs = matrix.indices.length;
  found.recommendations = { items: items.length, pairs, rows, examples, remarks: [], incremental };
  return customers.length;
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
    const base = isByItemsAlone(wanted) ? await incrementalBase(run) : undefined;
    if (base) return recommendToChanged(run, wanted, base);
    const shop = await openShop(database, wanted, found);
    try {
      const { interactions, names, facts } = shop;
      const { matrix, customers, items } = interactions;
      found.quality.push(...shop.quality);
      await device(sparseCosineTopKCost(transpose(matrix), matrix, wanted.neighbours));
      const training: Training = { ...shop, interactions: matrix };
      const options: FitPartOptions = {
        seed: config.seed,
        items: itemIds(shop),
        onProgress: (done, total, unit) => progress.update(done, total, unit),
        signal,
      };
      const voices = voicesOf(wanted);
      const split = async () =>
        validationSplit(await readEvents(database, interactions, wanted.weight), config.seed);
      const weights = await learnBlend(wanted, split, training, { ...options, ...wanted });
      const parts = new Map<string, Recommender>();
      for (const name of partsOf(wanted))
        parts.set(name, await fittedPart(run, name, wanted, training, options));
      const fitItems = async () => {
        const model = parts.get('item') ?? (await fittedPart(run, 'item', wanted, training, options));
        parts.set('item', model);
        return model as ItemNeighbours;
      };
      if (wanted.similarItems) await fitItems();
      if (isByItemsAlone(wanted)) await saveRows(run, interactions, names);
      const ruled =
        wanted.rules &&
        (await businessRules(wanted.rules, facts, {
          idOf: item => idText(items, item),
          snapshot: shop.snapshot,
          similarity: () => similarityOf(parts, fitItems),
        }));
      const chain = chainFrom(wanted, parts, weights);
      const recommender = ruled ? new Ruled(chain, ruled.rules) : chain;
      const catalogue = { customers, items, names, circles: shop.circleNames };
      const written = await writeRecommendations(run, recommender, wanted, matrix, catalogue);
      const model = parts.get('item') as ItemNeighbours | undefined;
      if (wanted.similarItems && model) await writeSimilarItems(run, model, catalogue);
      if (wanted.similarCustomers) await writeSimilarCustomers(run, wanted, matrix, catalogue);
      found.recommendations = {
        items: items.length,
        pairs: matrix.indices.length,
        rows: written.rows,
        examples: written.examples,
        weights:
          voices.length > 0 ? Object.fromEntries(voices.map(({ name }, i) => [name, weights[i]])) : undefined,
        remarks: remarks(wanted, shop, written, { model, candidates: ruled?.candidates ?? items.length }),
      };
      return customers.length;
    } finally {
      await shop.facts.close();
    }
  },
};
