import { idText, TableWriter, writeTable } from '../../data/index.js';
import { type Csr, rowSlice } from '../../ops/index.js';
import {
  type ItemNeighbours,
  type RecommendationBatch,
  type Recommender,
  recommendationsOf,
  UserNeighbours,
} from '../../recommend/index.js';
import type { RecommendationsConfig } from '../config/recommendations.js';
import { type Merged, mergeWithPublished } from '../incremental/merge.js';
import { PartedTable } from '../parted-table.js';
import {
  becauseOf,
  type Catalogue,
  reasonTexts,
  recommendationTable,
  similarCustomersTable,
  similarItemsTable,
} from '../recommendation-tables.js';
import type { RecommendationExample, Run } from '../stage.js';

const examplesToShow = 3;

/** Customers whose recommendations are held at a time: memory does not grow with the number of customers. */
const customersAtATime = 1 << 14;

/** Customers to show: a quarter, half and three quarters of the way through those with some history. */
function exampleCustomers(matrix: Csr): number[] {
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
  matrix: Csr,
  { customers, items, names, circles }: Catalogue,
): RecommendationExample[] {
  const nameOf = { items: names, circles };
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
          because: because === undefined ? undefined : nameOf[becauseOf(rest.reason)][because],
        }),
      ),
    }));
}

/** Recommends to customers `first` and on of a matrix, some at a time. */
async function* recommendBatches(
  recommender: Recommender,
  matrix: Csr,
  { count, excludeOwned }: RecommendationsConfig,
  first: number,
  { progress, signal }: Pick<Run, 'progress' | 'signal'>,
): AsyncGenerator<RecommendationBatch> {
  for (let from = first; from < matrix.rows; from += customersAtATime) {
    const to = Math.min(from + customersAtATime, matrix.rows);
    const customers = Int32Array.from({ length: to - from }, (_, i) => from + i);
    const onProgress = (done: number) => progress.update(from + done, matrix.rows, 'customers');
    const options = { count, excludeOwned, customers, onProgress, signal };
    yield { from, recommendations: await recommender.recommend(rowSlice(matrix, from, to), options) };
    progress.update(to, matrix.rows, 'customers');
  }
}

/** Opens a table of the output, where there is one, and finishes or discards it with the work. */
async function withWriter<Result>(
  { config, staging }: Pick<Run, 'config' | 'staging'>,
  name: string,
  work: (writer: TableWriter | undefined) => Promise<Result>,
): Promise<Result> {
  const { format } = config.output;
  const writer = staging && (await TableWriter.open(staging.path(`${name}.${format}`), format));
  try {
    const result = await work(writer);
    await writer?.close();
    return result;
  } catch (error) {
    await writer?.discard();
    throw error;
  }
}

export interface Written {
  /** Recommendations made. */
  rows: number;
  /** Customers who got fewer than were asked for. */
  short: number;
  examples: RecommendationExample[];
}

/** Customers who got fewer than were asked for. */
function shortOf({ items, count, customers }: RecommendationBatch['recommendations']): number {
  let short = 0;
  for (let row = 0; row < customers; row++) if (items[(row + 1) * count - 1] < 0) short++;
  return short;
}

/**
 * Recommends to every customer of a matrix, writes `recommendations` part by part where there is an output, and keeps some to
 * show. A run that goes on after it was killed begins behind the last part.
 *
 * @param base the night that all other customers' recommendations are taken from, where these are not everybody
 */
export async function writeRecommendations(
  run: Run,
  recommender: Recommender,
  config: RecommendationsConfig,
  matrix: Csr,
  catalogue: Catalogue,
  base?: Merged,
): Promise<Written> {
  const { staging } = run;
  const wanted = exampleCustomers(matrix);
  const reasons = reasonTexts(catalogue);
  const { format } = run.config.output;
  const parts = staging && new PartedTable<Omit<Written, 'rows'>>(staging, 'recommendations', format);
  const notes = parts?.notes ?? [];
  let rows = parts?.rows ?? 0;
  for await (const batch of recommendBatches(recommender, matrix, config, parts?.done ?? 0, run)) {
    const table = recommendationTable(batch, catalogue, reasons);
    const note = {
      short: shortOf(batch.recommendations),
      examples: examplesOf(batch, wanted, matrix, catalogue),
    };
    await parts?.write(table, batch.from + batch.recommendations.customers, note);
    notes.push(note);
    rows += table.rows;
  }
  if (base && parts) rows = await mergeWithPublished(run, base, parts.files);
  else await parts?.close();
  return {
    rows,
    short: notes.reduce((sum, { short }) => sum + short, 0),
    examples: notes.flatMap(({ examples }) => examples),
  };
}

/** Writes `similar-items`. */
export async function writeSimilarItems(
  { config, staging }: Run,
  { similar }: ItemNeighbours,
  catalogue: Catalogue,
): Promise<void> {
  if (!staging) return;
  const { format } = config.output;
  await writeTable(staging.path(`similar-items.${format}`), format, similarItemsTable(similar, catalogue));
}

/** Writes `similar-customers`: as many of each as items are recommended. */
export async function writeSimilarCustomers(
  run: Run,
  { customer, count }: RecommendationsConfig,
  matrix: Csr,
  catalogue: Catalogue,
): Promise<void> {
  const { progress, signal } = run;
  const model = await new UserNeighbours({ ...customer, neighbours: count }).fit(matrix);
  await withWriter(run, 'similar-customers', async writer => {
    for (let from = 0; from < matrix.rows; from += customersAtATime) {
      const to = Math.min(from + customersAtATime, matrix.rows);
      const customers = Int32Array.from({ length: to - from }, (_, i) => from + i);
      const similar = await model.similarCustomers(rowSlice(matrix, from, to), { customers, signal });
      await writer?.write(similarCustomersTable(similar, from, catalogue));
      progress.update(to, matrix.rows, 'similar customers');
    }
  });
}
