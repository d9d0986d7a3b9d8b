import { type Interactions, idText, readInteractions, TableWriter, writeTable } from '../../data/index.js';
import { sparseCosineTopKCost, transpose } from '../../ops/index.js';
import { ItemNeighbours, type RecommendationBatch, recommendationsOf } from '../../recommend/index.js';
import { itemNames } from '../item-names.js';
import {
  type Catalogue,
  reasonTexts,
  recommendationTable,
  similarItemsTable,
} from '../recommendation-tables.js';
import type { RecommendationExample, Run, Stage } from '../stage.js';

const examplesToShow = 3;

/** Customers to show: a quarter, half and three quarters of the way through those with some history. */
function exampleCustomers({ matrix }: Interactions): number[] {
  const history = (customer: number) => matrix.indptr[customer + 1] - matrix.indptr[customer];
  const all = Array.from({ length: matrix.rows }, (_, customer) => customer);
  const known = all.filter(customer => history(customer) >= 3);
  const from = known.length >= examplesToShow ? known : all;
  const places = Array.from(
    { length: examplesToShow },
    (_, i) => ((i + 1) * from.length) / (examplesToShow + 1),
  );
  return [...new Set(places.map(place => from[Math.floor(place)]))].filter(
    customer => customer !== undefined,
  );
}

function examplesOf(
  { from, recommendations }: RecommendationBatch,
  wanted: readonly number[],
  { matrix }: Interactions,
  { customers, items, names }: Catalogue,
): RecommendationExample[] {
  return wanted
    .filter(customer => customer >= from && customer < from + recommendations.customers)
    .map(customer => ({
      customer: idText(customers, customer),
      items: matrix.indptr[customer + 1] - matrix.indptr[customer],
      recommendations: recommendationsOf(recommendations, customer - from).map(
        ({ item, because, ...rest }) => ({
          ...rest,
          item: idText(items, item),
          name: names[item],
          because: because === undefined ? undefined : names[because],
        }),
      ),
    }));
}

async function writeAll(run: Run, model: ItemNeighbours, interactions: Interactions, catalogue: Catalogue) {
  const { config, staging, progress, signal } = run;
  const { format } = config.output;
  const { count, excludeOwned, similarItems } = config.recommendations || {};
  const wanted = exampleCustomers(interactions);
  const examples: RecommendationExample[] = [];
  const reasons = reasonTexts(catalogue.names);
  const writer = staging && (await TableWriter.open(staging.path(`recommendations.${format}`), format));
  let rows = 0;
  try {
    const onProgress = (done: number, total: number) => progress.update(done, total, 'customers');
    for await (const batch of model.recommendBatches(interactions.matrix, {
      count,
      excludeOwned,
      onProgress,
      signal,
    })) {
      const table = recommendationTable(batch, catalogue, reasons);
      await writer?.write(table);
      rows += table.rows;
      examples.push(...examplesOf(batch, wanted, interactions, catalogue));
    }
    await writer?.close();
  } catch (error) {
    await writer?.discard();
    throw error;
  }
  if (staging) {
    await model.save(staging.path('model'));
    const similar = similarItems && similarItemsTable(model.similar, catalogue);
    if (similar) await writeTable(staging.path(`similar-items.${format}`), format, similar);
  }
  return { rows, examples };
}

export const recommendations: Stage = {
  name: 'recommendations',
  does: 'find similar items, recommend to every customer',
  idle({ recommendations, sources }) {
    if (recommendations === false) return 'recommendations: false';
    return sources.transactions ? undefined : 'there are no transactions';
  },
  async run(run) {
    const { config, database, device, progress, signal, found } = run;
    const { neighbours, weight } = config.recommendations || {};
    const interactions = await readInteractions(database, { weight, customers: 'all' });
    const { matrix, customers, items } = interactions;
    found.quality.push(...interactions.quality);
    const catalogue = { customers, items, names: await itemNames(database, items) };
    await device(sparseCosineTopKCost(transpose(matrix), matrix, neighbours ?? 100));
    const ids = Array.from({ length: items.length }, (_, item) => idText(items, item));
    const model = new ItemNeighbours({ neighbours });
    await model.fit(matrix, {
      items: ids,
      onProgress: (done, total) => progress.update(done, total, 'items'),
      signal,
    });
    const { rows, examples } = await writeAll(run, model, interactions, catalogue);
    found.recommendations = { model, items: items.length, pairs: matrix.indices.length, rows, examples };
    return customers.length;
  },
};
