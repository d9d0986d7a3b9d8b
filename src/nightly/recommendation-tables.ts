import type { Vector } from 'apache-arrow';
import { type ColumnTable, columnTable, idColumn } from '../data/index.js';
import type { Csr } from '../ops/index.js';
import type { RecommendationBatch } from '../recommend/index.js';

/** What the numbers of a recommender stand for. */
export interface Catalogue {
  customers: Vector;
  items: Vector;
  /** `[items]`, readable names. */
  names: string[];
}

/** Why items are recommended, in words: one text for each item that speaks for others, and the last for popularity. */
export function reasonTexts(names: readonly string[]): string[] {
  return [...names.map(name => `goes with ${name}`), 'popular'];
}

/**
 * One row for each place of a batch that is filled: customer, rank, item, name, score, reason.
 *
 * @param reasons see {@link reasonTexts}
 */
export function recommendationTable(
  { from, recommendations }: RecommendationBatch,
  { customers, items, names }: Catalogue,
  reasons: readonly string[],
): ColumnTable {
  const { count, items: places, scores, because } = recommendations;
  const filled = Int32Array.from(places.keys()).filter(place => places[place] >= 0);
  const item = filled.map(place => places[place]);
  const popular = reasons.length - 1;
  return columnTable([
    idColumn(
      'customer',
      customers,
      filled.map(place => from + Math.floor(place / count)),
    ),
    { name: 'rank', type: 'int32', values: filled.map(place => 1 + (place % count)) },
    idColumn('item', items, item),
    { name: 'name', type: 'dictionary', codes: item, dictionary: names },
    { name: 'score', type: 'float32', values: Float32Array.from(filled, place => scores[place]) },
    {
      name: 'reason',
      type: 'dictionary',
      codes: filled.map(place => (because[place] >= 0 ? because[place] : popular)),
      dictionary: reasons,
    },
  ]);
}

/** The neighbours of every item, nearest first: item, name, rank, similar, similarName, cosine. */
export function similarItemsTable(
  { rows, indptr, indices, values }: Csr,
  { items, names }: Catalogue,
): ColumnTable {
  const entries = indptr[rows];
  const item = new Int32Array(entries);
  const rank = new Int32Array(entries);
  const order = new Int32Array(entries);
  for (let row = 0; row < rows; row++) {
    const [start, end] = [indptr[row], indptr[row + 1]];
    item.fill(row, start, end);
    for (let p = start; p < end; p++) {
      order[p] = p;
      rank[p] = p - start + 1;
    }
    order.subarray(start, end).sort((a, b) => values[b] - values[a] || indices[a] - indices[b]);
  }
  const similar = order.map(p => indices[p]);
  return columnTable([
    idColumn('item', items, item),
    { name: 'name', type: 'dictionary', codes: item, dictionary: names },
    { name: 'rank', type: 'int32', values: rank },
    idColumn('similar', items, similar),
    { name: 'similarName', type: 'dictionary', codes: similar, dictionary: names },
    { name: 'cosine', type: 'float32', values: Float32Array.from(order, p => values[p]) },
  ]);
}
