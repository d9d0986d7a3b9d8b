import type { Vector } from 'apache-arrow';
import { type ColumnTable, columnTable, idColumn } from '../data/index.js';
import type { Csr } from '../ops/index.js';
import { type ReasonKind, type Recommendations, reasonKinds } from '../recommend/index.js';

/** What the numbers of a recommender stand for. */
export interface Catalogue {
  items: Vector;
  /** `[items]`, readable names. */
  names: readonly string[];
  /** Names of segments and other groups by their numbers. */
  circles: readonly string[];
}

/** Why an item is recommended, in words. `because` is the name of what speaks for it, where something does. */
export function reasonText(reason: ReasonKind, because: string | undefined): string {
  if (reason === 'trending') return 'sells well lately';
  if (reason === 'attributes') return 'liked by customers of the same kind';
  if (reason === 'customers')
    return because === undefined ? 'liked by similar customers' : `goes with ${because}`;
  if (because === undefined) return reason === 'factors' ? 'matches your taste' : 'popular';
  if (reason === 'content') return `is like ${because}`;
  if (reason === 'segment') return `favourite of the segment ${because}`;
  if (reason === 'group') return `popular in ${because}`;
  return `goes with ${because}`;
}

/** Every reason that there can be, as text, and where each stands in the list. */
export interface Reasons {
  texts: string[];
  /** `because` is -1 where nothing speaks for it. */
  place(reason: number, because: number): number;
}

/** What the number of a reason counts: items, circles, or nothing. */
export function becauseOf(reason: ReasonKind): 'items' | 'circles' {
  return reason === 'segment' || reason === 'group' ? 'circles' : 'items';
}

/** The texts of all reasons, made once: one for each kind and each item or group that can speak for something. */
export function reasonTexts({ names, circles }: Pick<Catalogue, 'names' | 'circles'>): Reasons {
  const texts: string[] = [];
  const starts = reasonKinds.map(kind => {
    const start = texts.length;
    texts.push(reasonText(kind, undefined));
    const hasOwnWords = kind === 'neighbour' || kind === 'content' || becauseOf(kind) === 'circles';
    const known = hasOwnWords ? (becauseOf(kind) === 'circles' ? circles : names) : [];
    for (const name of known) texts.push(reasonText(kind, name));
    return start;
  });
  const neighbour = starts[reasonKinds.indexOf('neighbour')];
  const isOwn = reasonKinds.map(kind => kind === 'content' || becauseOf(kind) === 'circles');
  return {
    texts,
    place: (reason, because) => {
      if (because < 0) return starts[reason];
      return (isOwn[reason] ? starts[reason] : neighbour) + 1 + because;
    },
  };
}

/**
 * One row for each place that is filled: customer, rank, item, name, score, reason.
 *
 * @param customers ids of those who are recommended to
 */
export function recommendationTable(
  { count, items: places, scores, reasons: kinds, because }: Recommendations,
  customers: Vector,
  { items, names }: Catalogue,
  reasons: Reasons,
): ColumnTable {
  const filled = Int32Array.from(places.keys()).filter(place => places[place] >= 0);
  const item = filled.map(place => places[place]);
  return columnTable([
    idColumn(
      'customer',
      customers,
      filled.map(place => Math.floor(place / count)),
    ),
    { name: 'rank', type: 'int32', values: filled.map(place => 1 + (place % count)) },
    idColumn('item', items, item),
    { name: 'name', type: 'dictionary', codes: item, dictionary: names },
    { name: 'score', type: 'float32', values: Float32Array.from(filled, place => scores[place]) },
    {
      name: 'reason',
      type: 'dictionary',
      codes: filled.map(place => reasons.place(kinds[place], because[place])),
      dictionary: reasons.texts,
    },
  ]);
}

/** The entries of each row, the greatest first: their places, and the row and rank of each. */
function ranked({ rows, indptr, indices, values }: Csr) {
  const entries = indptr[rows];
  const row = new Int32Array(entries);
  const rank = new Int32Array(entries);
  const order = new Int32Array(entries);
  for (let r = 0; r < rows; r++) {
    const [start, end] = [indptr[r], indptr[r + 1]];
    row.fill(r, start, end);
    for (let p = start; p < end; p++) {
      order[p] = p;
      rank[p] = p - start + 1;
    }
    order.subarray(start, end).sort((a, b) => values[b] - values[a] || indices[a] - indices[b]);
  }
  return { row, rank, order };
}

/** The neighbours of every item, nearest first: item, name, rank, similar, similarName, cosine. */
export function similarItemsTable(matrix: Csr, { items, names }: Catalogue): ColumnTable {
  const { indices, values } = matrix;
  const { row: item, rank, order } = ranked(matrix);
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

/**
 * The customers most like each, nearest first: customer, rank, similar, similarity.
 *
 * @param matrix `[customers, compared]`, similarities
 * @param customers ids of the rows
 * @param compared ids of the columns
 */
export function similarCustomersTable(matrix: Csr, customers: Vector, compared: Vector): ColumnTable {
  const { indices, values } = matrix;
  const { row, rank, order } = ranked(matrix);
  return columnTable([
    idColumn('customer', customers, row),
    { name: 'rank', type: 'int32', values: rank },
    idColumn(
      'similar',
      compared,
      order.map(p => indices[p]),
    ),
    { name: 'similarity', type: 'float32', values: Float32Array.from(order, p => values[p]) },
  ]);
}
