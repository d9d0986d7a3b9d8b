import type { Csr } from '../ops/index.js';
import { TopK } from '../ops/top-k.js';
import { CandidateRows } from './candidate-rows.js';
import { type MostSimilarOptions, mostSimilar } from './most-similar.js';
import type { RunOptions } from './recommender.js';
import type { RowHashes } from './row-hashes.js';
import { pickColumns, pickRows } from './sparse-rows.js';
import type { Candidates } from './winners.js';

/** What an earlier fit found. */
export interface EarlierNeighbours {
  /** `[items, items]` by the numbers that items had then, no more than `topK` in each row. */
  similar: Csr;
  topK: number;
  /** Of the rows that were compared then. */
  hashes: RowHashes;
  /** Numbers of its items now, -1 for those that are gone. */
  numbers: Int32Array;
}

/** Neighbours, and how many of the items they were found for anew. */
export interface ChangedNeighbours {
  similar: Csr;
  anew: number;
}

export interface ChangedOptions extends Omit<MostSimilarOptions, 'exclude'>, Pick<RunOptions, 'onProgress'> {
  /** Share of the work of comparing all items that may be left at most. 0.5 */
  mostWork?: number;
}

/** Share of the work of comparing all items beyond which less of it does not pay. */
const usualWork = 0.5;

/** Sums that are looked at in the time of one product. */
const sumsPerProduct = 8;

/**
 * The neighbours that comparing all items with each other finds, where those of an earlier fit are known: the similarity of two
 * items is another one only where either of the two is. So items that have changed are compared with all, and all others with
 * those that have changed; the neighbours that they had stay, unless so many of them have become less similar that another item
 * could take their place, which is then looked for among all. Undefined where so much has changed that this would be more work.
 *
 * @param byItem `[items, customers]`, the rows that are compared.
 * @param byCustomer the same transposed.
 * @param hashes of the rows of `byItem`.
 */
export async function changedNeighbours(
  byItem: Csr,
  byCustomer: Csr,
  hashes: RowHashes,
  earlier: EarlierNeighbours,
  { onProgress, mostWork = usualWork, ...options }: ChangedOptions,
): Promise<ChangedNeighbours | undefined> {
  const items = byItem.rows;
  const { topK } = options;
  const isChanged = changedItems(hashes, earlier);
  if (topK === 0 || !isInOrder(earlier.numbers) || workShare(byCustomer, isChanged) > mostWork)
    return undefined;
  const all: Candidates = {
    indices: new Int32Array(items * topK).fill(-1),
    scores: new Float32Array(items * topK).fill(Number.NEGATIVE_INFINITY),
  };
  const everything = Int32Array.from({ length: items }, (_, item) => item);
  const anew = everything.filter(item => isChanged[item] === 1);
  const others = everything.filter(item => isChanged[item] === 0);
  const merge = new Merge(earlier, isChanged, all, topK);
  const rowsOfOthers = pickRows(byItem, others);
  const someSearch = { ...options, topK: Math.min(topK, anew.length) };
  const open: number[] = [...anew];
  if (anew.length === 0) for (const item of others) merge.row(item, anew, noCandidates, 0, 0);
  else {
    for await (const { from, to, found } of mostSimilar(
      rowsOfOthers,
      pickColumns(byCustomer, anew),
      someSearch,
    )) {
      for (let row = from; row < to; row++) {
        const place = (row - from) * someSearch.topK;
        if (!merge.row(others[row], anew, found, place, someSearch.topK)) open.push(others[row]);
      }
    }
  }
  const rows = Int32Array.from(open);
  onProgress?.(items - rows.length, items);
  const exclude = (from: number, to: number): Csr => ({
    rows: to - from,
    columns: items,
    indptr: Int32Array.from({ length: to - from + 1 }, (_, row) => row),
    indices: rows.subarray(from, to),
    values: new Float32Array(to - from).fill(1),
  });
  for await (const { from, to, found } of mostSimilar(pickRows(byItem, rows), byCustomer, {
    ...options,
    exclude,
  })) {
    for (let row = from; row < to; row++) {
      const [start, end] = [(row - from) * topK, (row - from + 1) * topK];
      all.indices.set(found.indices.subarray(start, end), rows[row] * topK);
      all.scores.set(found.scores.subarray(start, end), rows[row] * topK);
    }
    onProgress?.(items - rows.length + to, items);
  }
  const similar = new CandidateRows(items, items, topK);
  similar.append(all);
  return { similar: similar.finish(), anew: rows.length };
}

const noCandidates: Candidates = { indices: new Int32Array(), scores: new Float32Array() };

/** `[items]`, 1 where the row of an item is not what it was, or there was none. */
function changedItems(
  { first, second }: RowHashes,
  { hashes: before, numbers }: EarlierNeighbours,
): Uint8Array {
  const isChanged = new Uint8Array(first.length).fill(1);
  numbers.forEach((now, item) => {
    if (now < 0) return;
    if (before.first[item] === first[now] && before.second[item] === second[now]) isChanged[now] = 0;
  });
  return isChanged;
}

/** Whether items stand in the order that they had: of equal neighbours the first ones are kept. */
function isInOrder(numbers: Int32Array): boolean {
  let last = -1;
  for (const number of numbers) {
    if (number < 0) continue;
    if (number < last) return false;
    last = number;
  }
  return true;
}

/** The work that is left where only some items have changed, as a share of that of comparing all. */
function workShare({ rows, columns, indptr, indices }: Csr, isChanged: Uint8Array): number {
  const changed = isChanged.reduce((sum, one) => sum + one, 0);
  let [all, left] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const entries = indptr[row + 1] - indptr[row];
    let some = 0;
    for (let p = indptr[row]; p < indptr[row + 1]; p++) some += isChanged[indices[p]];
    all += entries * entries;
    // Changed items with all, the others with the changed ones, and a look at each customer of theirs.
    left += some * entries + (entries - some) * (1 + some);
  }
  all += columns ** 2 / sumsPerProduct;
  left += ((2 * columns - changed) * changed) / sumsPerProduct;
  return left / Math.max(1, all);
}

/** Puts the neighbours that items have kept beside those that have changed. */
class Merge {
  readonly #best: TopK;
  /** Numbers of the items in the earlier fit, -1 for new ones. */
  readonly #before: Int32Array;

  constructor(
    readonly earlier: EarlierNeighbours,
    readonly isChanged: Uint8Array,
    readonly all: Candidates,
    readonly topK: number,
  ) {
    this.#best = new TopK(topK);
    this.#before = new Int32Array(isChanged.length).fill(-1);
    earlier.numbers.forEach((now, before) => {
      if (now >= 0) this.#before[now] = before;
    });
  }

  /**
   * Enters the neighbours of an item that has not changed.
   *
   * @param changed numbers of the items that have changed; candidates are numbers among those, best first from `place` on.
   * @returns whether none can be missing.
   */
  row(
    item: number,
    changed: Int32Array,
    { indices, scores }: Candidates,
    place: number,
    count: number,
  ): boolean {
    const { earlier, all, topK } = this;
    const { similar, numbers } = earlier;
    const before = this.#before[item];
    const [start, end] = [similar.indptr[before], similar.indptr[before + 1]];
    let [kept, last] = [0, start];
    for (let p = start; p < end; p++) {
      // Of equal neighbours the last stands behind.
      if (similar.values[p] <= similar.values[last]) last = p;
      if (this.#isKept(p)) kept++;
    }
    // A list that is not full has all items that are similar at all, as one has that is as long as the catalogue.
    const isWhole = end - start < earlier.topK || earlier.topK >= similar.rows - 1;
    const [least, lastNumber] = isWhole ? [0, -1] : [similar.values[last], numbers[similar.indices[last]]];
    let [near, safe] = [place, 0];
    for (; near < place + count && indices[near] >= 0; near++) {
      const score = scores[near];
      if (score < least || score === 0) break;
      if (score > least || changed[indices[near]] <= lastNumber) safe++;
    }
    // What had no place in the list stands behind the last one in it, and may stand before what is there now.
    if (!isWhole && kept + safe < topK) return false;
    const best = this.#best;
    let next = item * topK;
    const isRoom = kept + near - place <= topK;
    const enter = (number: number, score: number) => {
      if (!isRoom) best.offer(number, score);
      else [all.indices[next], all.scores[next++]] = [number, score];
    };
    for (let p = start; p < end; p++) {
      if (this.#isKept(p)) enter(numbers[similar.indices[p]], similar.values[p]);
    }
    for (let p = place; p < near; p++) enter(changed[indices[p]], scores[p]);
    if (!isRoom) best.flush(all.indices, all.scores, next);
    return true;
  }

  /** Whether an entry of the earlier lists is of an item that is what it was. */
  #isKept(entry: number): boolean {
    const { earlier, isChanged } = this;
    const now = earlier.numbers[earlier.similar.indices[entry]];
    return now >= 0 && isChanged[now] === 0;
  }
}
