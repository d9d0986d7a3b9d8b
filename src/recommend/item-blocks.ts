import type { Csr } from '../ops/index.js';
import { TopK } from '../ops/top-k.js';
import { takeTurns } from '../turns.js';
import type { SimilarBatch } from './most-similar.js';

export interface ItemBlocksOptions {
  metric: 'cosine' | 'dot';
  topK: number;
  /** Bytes that what is held of the customers may take: the fewer, the more often all of them are read. */
  memory: number;
  signal?: AbortSignal;
}

/** Customers in batches, all of them each time that they are asked for. */
export type Batches = () => AsyncIterable<{ matrix: Csr }>;

/** What has to be known of all items before they are put into blocks. */
interface ItemCounts {
  /** `[items]`, customers who have the item. */
  customers: Int32Array;
  /** `[items]`, all entries of those customers: the products that its similarities are made of. */
  products: Float64Array;
  /** `[items]` */
  squaredNorms: Float64Array;
}

async function countItems(batches: Batches, items: number): Promise<ItemCounts> {
  const customers = new Int32Array(items);
  const [products, squaredNorms] = [new Float64Array(items), new Float64Array(items)];
  for await (const { matrix } of batches()) {
    const { rows, indptr, indices, values } = matrix;
    for (let row = 0; row < rows; row++) {
      const entries = indptr[row + 1] - indptr[row];
      for (let p = indptr[row]; p < indptr[row + 1]; p++) {
        customers[indices[p]]++;
        products[indices[p]] += entries;
        squaredNorms[indices[p]] += values[p] ** 2;
      }
    }
  }
  return { customers, products, squaredNorms };
}

/**
 * Items whose similarities are found in one go over all customers. Of an item that few have, the rows of those customers are
 * held; of one that many have, the sums with all other items, which take less.
 */
class ItemBlock {
  readonly #isDense: (item: number) => boolean;
  /** `[dense items, items]` */
  readonly #sums: Float64Array;
  /** Where the sums of a dense item, or the customers of another, begin. */
  readonly #starts: Float64Array;
  /** Customers of the other items: where their rows begin and end, and what they have of the item. */
  readonly #firsts: Int32Array;
  readonly #ends: Int32Array;
  readonly #own: Float32Array;
  readonly #filled: Int32Array;
  /** Their rows, one after the other. */
  readonly #indices: Int32Array;
  readonly #values: Float32Array;
  #entries = 0;

  constructor(
    readonly from: number,
    readonly to: number,
    readonly items: number,
    { customers, products }: ItemCounts,
    memory: ArrayBuffer,
  ) {
    this.#isDense = item => products[item] >= items;
    this.#starts = new Float64Array(to - from);
    this.#filled = new Int32Array(to - from);
    let [dense, pairs, entries] = [0, 0, 0];
    for (let item = from; item < to; item++) {
      if (this.#isDense(item)) this.#starts[item - from] = items * dense++;
      else {
        this.#starts[item - from] = pairs;
        pairs += customers[item];
        entries += products[item];
      }
    }
    let used = 8 * items * dense;
    const next = (count: number) => {
      used += 4 * count;
      return used - 4 * count;
    };
    this.#sums = new Float64Array(memory, 0, items * dense).fill(0);
    this.#firsts = new Int32Array(memory, next(pairs), pairs);
    this.#ends = new Int32Array(memory, next(pairs), pairs);
    this.#own = new Float32Array(memory, next(pairs), pairs);
    this.#indices = new Int32Array(memory, next(entries), entries);
    this.#values = new Float32Array(memory, next(entries), entries);
  }

  add({ rows, indptr, indices, values }: Csr): void {
    for (let row = 0; row < rows; row++) {
      const [start, end] = [indptr[row], indptr[row + 1]];
      let first = -1;
      for (let p = firstNotBelow(indices, this.from, start, end); p < end && indices[p] < this.to; p++) {
        const [item, value] = [indices[p], values[p]];
        const place = this.#starts[item - this.from];
        if (this.#isDense(item)) {
          for (let q = start; q < end; q++) this.#sums[place + indices[q]] += value * values[q];
          continue;
        }
        if (first < 0) {
          first = this.#entries;
          this.#indices.set(indices.subarray(start, end), first);
          this.#values.set(values.subarray(start, end), first);
          this.#entries += end - start;
        }
        const next = place + this.#filled[item - this.from]++;
        this.#firsts[next] = first;
        this.#ends[next] = this.#entries;
        this.#own[next] = value;
      }
    }
  }

  /** Tells of the sum of products with each other item that the same customers have. */
  visit(item: number, scratch: { sums: Float64Array; reached: Int32Array }, visit: Visit): void {
    const start = this.#starts[item - this.from];
    if (this.#isDense(item)) {
      for (let other = 0; other < this.items; other++) {
        const sum = this.#sums[start + other];
        if (sum !== 0 && other !== item) visit(other, sum);
      }
      return;
    }
    const { sums, reached } = scratch;
    let found = 0;
    for (let next = start; next < start + this.#filled[item - this.from]; next++) {
      const value = this.#own[next];
      for (let p = this.#firsts[next]; p < this.#ends[next]; p++) {
        const other = this.#indices[p];
        if (sums[other] === 0) reached[found++] = other;
        sums[other] += value * this.#values[p];
      }
    }
    for (let place = 0; place < found; place++) {
      const other = reached[place];
      // An item that was reached again, after its sum had come back to 0, is there twice.
      if (sums[other] !== 0 && other !== item) visit(other, sums[other]);
      sums[other] = 0;
    }
  }
}

type Visit = (other: number, sum: number) => void;

function firstNotBelow(numbers: Int32Array, least: number, from: number, to: number): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where each block of items begins and ends, and the bytes that it takes. */
function blocksOf({ customers, products }: ItemCounts, memory: number) {
  const items = customers.length;
  const blocks: { from: number; to: number; bytes: number }[] = [];
  let [from, held] = [0, 0];
  for (let item = 0; item < items; item++) {
    const bytes = products[item] >= items ? 8 * items : 8 * products[item] + 12 * customers[item];
    if (item > from && held + bytes > memory) {
      blocks.push({ from, to: item, bytes: held });
      [from, held] = [item, 0];
    }
    held += bytes;
  }
  return [...blocks, { from, to: items, bytes: held }];
}

/**
 * The items most similar to each item by what the same customers have, where customers do not fit into memory: they are read
 * once for each block of items. What is found is what `mostSimilar` finds where their matrix and its transpose are held.
 */
export async function* similarItemBlocks(
  batches: Batches,
  items: number,
  { metric, topK, memory, signal }: ItemBlocksOptions,
): AsyncGenerator<SimilarBatch> {
  const turn = takeTurns(signal);
  const counts = await countItems(batches, items);
  const { squaredNorms } = counts;
  const scratch = { sums: new Float64Array(items), reached: new Int32Array(2 * items) };
  const best = new TopK(topK);
  const blocks = blocksOf(counts, memory);
  // One piece of memory for all: what is let go of is not at once free for the next.
  const workspace = new ArrayBuffer(Math.max(...blocks.map(({ bytes }) => bytes)));
  for (const { from, to } of blocks) {
    const block = new ItemBlock(from, to, items, counts, workspace);
    for await (const { matrix } of batches()) {
      block.add(matrix);
      await turn();
    }
    const found = {
      indices: new Int32Array((to - from) * topK),
      scores: new Float32Array((to - from) * topK),
    };
    for (let item = from; item < to; item++) {
      block.visit(item, scratch, (other, sum) => {
        const length = metric === 'cosine' ? Math.sqrt(squaredNorms[item] * squaredNorms[other]) : 1;
        const score = length === 0 ? 0 : sum / length;
        // Rounded as it is held; most are too low, and a call is dearer than this.
        if (Math.fround(score) >= best.least) best.offer(other, score);
      });
      best.flush(found.indices, found.scores, (item - from) * topK);
      await turn();
    }
    yield { from, to, found };
  }
}
