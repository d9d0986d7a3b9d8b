import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { Csr } from '../ops/csr.js';
import { copyNumbers } from './chunk-reader.js';
import type { Database } from './database.js';

/** Rows of a chunk, see `Database.stream`. */
const chunkRows = 2048;

/** Entries of a sparse matrix: row, column and value of each, in the order of rows and columns. */
type Entries = AsyncIterable<DuckDBDataChunk>;

/** Bytes that the data engine takes for an entry while it sorts; measured. */
const bytesPerEntry = 24;

/**
 * The entries of a table with the columns r, c and weight in their order, sorted as many rows at a time as fit into the memory of
 * the data engine.
 */
export async function* sortedEntries(
  db: Database,
  table: string,
  { rows, entries }: { rows: number; entries: number },
): AsyncGenerator<DuckDBDataChunk> {
  const parts = Math.max(1, Math.ceil((entries * bytesPerEntry) / db.memory));
  const size = Math.ceil(rows / parts);
  for (let from = 0; from < rows; from += size) {
    yield* db.stream(
      `SELECT r, c, weight FROM ${table} WHERE r >= ${from} AND r < ${from + size} ORDER BY r, c`,
    );
  }
}

/** Makes a sparse matrix of its entries. */
export async function readCsr(
  sorted: Entries,
  [rows, columns, entries]: readonly [rows: number, columns: number, entries: number],
): Promise<Csr> {
  const indptr = new Int32Array(rows + 1);
  const indices = new Int32Array(entries);
  const values = new Float32Array(entries);
  const rowOf = new Int32Array(chunkRows);
  let offset = 0;
  for await (const chunk of sorted) {
    copyNumbers(chunk, 0, rowOf, 0);
    copyNumbers(chunk, 1, indices, offset);
    copyNumbers(chunk, 2, values, offset);
    for (let row = 0; row < chunk.rowCount; row++) indptr[rowOf[row] + 1]++;
    offset += chunk.rowCount;
  }
  for (let row = 0; row < rows; row++) indptr[row + 1] += indptr[row];
  return { rows, columns, indptr, indices, values };
}

/** As {@link readCsr}, so many rows at a time. */
export async function* csrBatches(
  sorted: Entries,
  [rows, columns]: readonly [rows: number, columns: number],
  size: number,
): AsyncGenerator<Csr> {
  let first = 0;
  let batch = new RowCollector(Math.min(size, rows));
  const rowOf = new Int32Array(chunkRows);
  for await (const chunk of sorted) {
    copyNumbers(chunk, 0, rowOf, 0);
    for (let from = 0; from < chunk.rowCount; ) {
      let to = from;
      while (to < chunk.rowCount && rowOf[to] < first + size) to++;
      batch.add(chunk, rowOf, first, { from, to });
      from = to;
      if (from === chunk.rowCount) break;
      yield batch.finish(columns);
      first += size;
      batch = new RowCollector(Math.min(size, rows - first));
    }
  }
  for (; first < rows; first += size) {
    yield batch.finish(columns);
    batch = new RowCollector(Math.max(0, Math.min(size, rows - first - size)));
  }
}

/** Entries of some rows, whose number is not known before. */
class RowCollector {
  readonly #indptr: Int32Array;
  #indices = new Int32Array(chunkRows);
  #values = new Float32Array(chunkRows);
  #entries = 0;

  constructor(rows: number) {
    this.#indptr = new Int32Array(rows + 1);
  }

  add(
    chunk: DuckDBDataChunk,
    rowOf: Int32Array,
    first: number,
    { from, to }: { from: number; to: number },
  ): void {
    const entries = this.#entries + to - from;
    if (entries > this.#indices.length) {
      const [indices, values] = [new Int32Array(2 * entries), new Float32Array(2 * entries)];
      indices.set(this.#indices);
      values.set(this.#values);
      [this.#indices, this.#values] = [indices, values];
    }
    copyNumbers(chunk, 1, this.#indices, this.#entries, { from, to });
    copyNumbers(chunk, 2, this.#values, this.#entries, { from, to });
    for (let row = from; row < to; row++) this.#indptr[rowOf[row] - first + 1]++;
    this.#entries = entries;
  }

  finish(columns: number): Csr {
    const indptr = this.#indptr;
    for (let row = 1; row < indptr.length; row++) indptr[row] += indptr[row - 1];
    const indices = this.#indices.subarray(0, this.#entries);
    const values = this.#values.subarray(0, this.#entries);
    return { rows: indptr.length - 1, columns, indptr, indices, values };
  }
}
