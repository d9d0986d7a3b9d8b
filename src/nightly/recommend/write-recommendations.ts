import {
  type CustomerPurchases,
  customersIn,
  idText,
  type PurchaseBatch,
  TableWriter,
  writeTable,
} from '../../data/index.js';
import type { Csr } from '../../ops/index.js';
import {
  type ItemNeighbours,
  type Recommendations,
  type Recommender,
  recommendationsOf,
  UserNeighbours,
} from '../../recommend/index.js';
import type { RecommendationsConfig } from '../config/recommendations.js';
import { type Merged, mergeWithPublished } from '../incremental/merge.js';
import type { Purchases } from '../incremental/purchases.js';
import { memoryShares } from '../memory-shares.js';
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
import { type FittedCustomers, numbersInFit } from './fitted-customers.js';

const examplesToShow = 3;

/** Customers who have fewer items are shown only where there are no others. */
const someHistory = 3;

function historyOf({ indptr }: Csr, row: number): number {
  return indptr[row + 1] - indptr[row];
}

/** Customers to show: a quarter, half and three quarters of the way through those with some history. */
async function exampleCustomers(purchases: Purchases): Promise<number[]> {
  const known: { from: number; before: number }[] = [];
  let all = 0;
  for await (const { from, matrix } of purchases.batches()) {
    known.push({ from, before: all });
    for (let row = 0; row < matrix.rows; row++) if (historyOf(matrix, row) >= someHistory) all++;
  }
  const areEnough = all >= examplesToShow;
  const from = areEnough ? all : purchases.rows;
  const places = Array.from({ length: examplesToShow }, (_, i) =>
    Math.floor(((i + 1) * from) / (examplesToShow + 1)),
  );
  const wanted = [...new Set(places)].filter(place => place < from);
  if (!areEnough) return wanted;
  const found: number[] = [];
  for (const place of wanted) {
    const { from: first, before } = known.findLast(batch => batch.before <= place)!;
    let left = place - before;
    for await (const { matrix } of purchases.batches(first)) {
      const row = Array.from({ length: matrix.rows }, (_, r) => r).find(
        r => historyOf(matrix, r) >= someHistory && left-- === 0,
      );
      found.push(first + row!);
      break;
    }
  }
  return found;
}

/** Some customers with what they have and what they are recommended. */
interface Recommended extends PurchaseBatch {
  recommendations: Recommendations;
}

function examplesOf(
  { from, ids, matrix, recommendations }: Recommended,
  wanted: readonly number[],
  { items, names, circles }: Catalogue,
): RecommendationExample[] {
  const nameOf = { items: names, circles };
  return wanted
    .map(customer => customer - from)
    .filter(row => row >= 0 && row < matrix.rows)
    .map(row => ({
      customer: idText(ids, row),
      items: historyOf(matrix, row),
      recommendations: recommendationsOf(recommendations, row).map(({ item, because, ...rest }) => ({
        ...rest,
        item: idText(items, item),
        name: names[item],
        because: because === undefined ? undefined : nameOf[becauseOf(rest.reason)][because],
      })),
    }));
}

/** The recommender of some customers: one may know more of them than what they have. */
export type RecommenderOf = (batch: PurchaseBatch) => Recommender;

/** Recommends to the customers from number `first` on, some at a time. */
async function* recommendBatches(
  recommenderOf: RecommenderOf,
  purchases: Purchases,
  { count, excludeOwned }: RecommendationsConfig,
  first: number,
  { progress, signal }: Pick<Run, 'progress' | 'signal'>,
): AsyncGenerator<Recommended> {
  const { rows } = purchases;
  progress.update(first, rows, 'customers');
  for await (const batch of purchases.batches(first)) {
    const { from, matrix } = batch;
    const customers = Int32Array.from({ length: matrix.rows }, (_, row) => row);
    const onProgress = (done: number) => progress.update(from + done, rows, 'customers');
    const options = { count, excludeOwned, customers, onProgress, signal };
    yield { ...batch, recommendations: await recommenderOf(batch).recommend(matrix, options) };
    progress.update(from + matrix.rows, rows, 'customers');
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
function shortOf({ items, count, customers }: Recommendations): number {
  let short = 0;
  for (let row = 0; row < customers; row++) if (items[(row + 1) * count - 1] < 0) short++;
  return short;
}

/**
 * Recommends to every customer, writes `recommendations` part by part where there is an output, and keeps some to show.
 * A run that goes on after it was killed begins behind the last part.
 *
 * @param base the night that all other customers' recommendations are taken from, where these are not everybody
 */
export async function writeRecommendations(
  run: Run,
  recommenderOf: RecommenderOf,
  config: RecommendationsConfig,
  purchases: Purchases,
  catalogue: Catalogue,
  base?: Merged,
): Promise<Written> {
  const { staging } = run;
  const wanted = await exampleCustomers(purchases);
  const reasons = reasonTexts(catalogue);
  const { format } = run.config.output;
  const parts = staging && new PartedTable<Omit<Written, 'rows'>>(staging, 'recommendations', format);
  const notes = parts?.notes ?? [];
  let rows = parts?.rows ?? 0;
  for await (const batch of recommendBatches(recommenderOf, purchases, config, parts?.done ?? 0, run)) {
    const { from, ids, recommendations } = batch;
    const table = recommendationTable(recommendations, ids, catalogue, reasons);
    const note = { short: shortOf(recommendations), examples: examplesOf(batch, wanted, catalogue) };
    await parts?.write(table, from + recommendations.customers, note);
    notes.push(note);
    rows += table.rows;
  }
  if (base && parts) rows = await mergeWithPublished(run, base, parts.files);
  else await parts?.close(memoryShares(run.config.memory).output);
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

/** Writes `similar-customers`: as many of each, of those whom recommenders are fitted to, as items are recommended. */
export async function writeSimilarCustomers(
  run: Run,
  { customer, count }: RecommendationsConfig,
  purchases: CustomerPurchases,
  fitted: FittedCustomers,
): Promise<void> {
  const { progress, signal } = run;
  const model = await new UserNeighbours({ ...customer, neighbours: count }).fit(fitted.interactions);
  await withWriter(run, 'similar-customers', async writer => {
    for await (const batch of purchases.batches()) {
      const { from, ids, matrix } = batch;
      const customers = numbersInFit(fitted, customersIn(batch));
      const similar = await model.similarCustomers(matrix, { customers, signal });
      await writer?.write(similarCustomersTable(similar, ids, fitted.ids));
      progress.update(from + matrix.rows, purchases.rows, 'similar customers');
    }
  });
}
