import { type FileHandle, open } from 'node:fs/promises';
import { DataType, makeData, Utf8, Vector } from 'apache-arrow';
import { type Csr, rowSlice } from '../ops/csr.js';
import { integerVector } from './arrow-columns.js';
import type { Database } from './database.js';
import type { Interactions } from './interactions.js';
import { explained } from './replace-file.js';

/** Customers of a batch. */
export const customersAtATime = 1 << 14;

/** What some customers have, in the order of all. */
export interface PurchaseBatch {
  /** Number of the first of them. */
  from: number;
  /** Utf8 or Int64. */
  ids: Vector;
  /** `[customers, items]` */
  matrix: Csr;
  /** `[customers]`, their numbers among all, where these are only some, ascending. */
  numbers?: Int32Array;
}

/** Numbers of the customers of a batch among all. */
export function customersIn({ from, matrix: { rows }, numbers }: PurchaseBatch): Int32Array {
  if (numbers) return numbers;
  return Int32Array.from({ length: rows }, (_, row) => from + row);
}

/** What all customers have: in memory, or on disk where it would not fit. */
export interface CustomerPurchases extends Pick<Interactions, 'items' | 'unknownPairs' | 'quality'> {
  /** Customers. */
  readonly rows: number;
  /** Pairs of a customer and an item. */
  readonly pairs: number;
  /** All of them at once; undefined where they are on disk. */
  readonly held?: Interactions;
  /** All batches in order, or those from the one that begins with the customer `from`; each lasts until the next. */
  batches(from?: number): AsyncIterable<PurchaseBatch>;
}

export class HeldPurchases implements CustomerPurchases {
  constructor(readonly held: Interactions) {}

  get rows() {
    return this.held.matrix.rows;
  }

  get pairs() {
    return this.held.matrix.indices.length;
  }

  get items() {
    return this.held.items;
  }

  get unknownPairs() {
    return this.held.unknownPairs;
  }

  get quality() {
    return this.held.quality;
  }

  async *batches(first = 0): AsyncGenerator<PurchaseBatch> {
    const { matrix, customers } = this.held;
    for (let from = first; from < matrix.rows; from += customersAtATime) {
      const to = Math.min(from + customersAtATime, matrix.rows);
      yield { from, ids: customers.slice(from, to), matrix: rowSlice(matrix, from, to) };
    }
  }
}

/** Where a batch lies in the file, and what it holds. */
interface Place {
  byte: number;
  rows: number;
  entries: number;
  /** Bytes of all ids that are text; undefined for integers. */
  text?: number;
}

/** Purchases in a file that goes when the database is closed. */
export class SpooledPurchases implements CustomerPurchases {
  readonly #path: string;
  readonly #places: Place[] = [];
  readonly #about: Pick<Interactions, 'items' | 'unknownPairs' | 'quality'>;

  private constructor(path: string, about: Pick<Interactions, 'items' | 'unknownPairs' | 'quality'>) {
    this.#path = path;
    this.#about = about;
  }

  /**
   * Writes batches of `customersAtATime`, and the ids of their customers.
   *
   * @throws UsageError when the disk is full
   */
  static async write(
    db: Database,
    ids: AsyncIterator<Vector>,
    matrices: AsyncIterable<Csr>,
    about: Pick<Interactions, 'items' | 'unknownPairs' | 'quality'>,
  ): Promise<SpooledPurchases> {
    const path = db.scratchFile('purchases');
    const spooled = new SpooledPurchases(path, about);
    const handle = await open(path, 'w');
    try {
      for await (const matrix of matrices) {
        const { value } = await ids.next();
        await spooled.#append(handle, value as Vector, matrix);
      }
    } catch (error) {
      throw explained(error, path);
    } finally {
      await ids.return?.();
      await handle.close();
    }
    return spooled;
  }

  get rows() {
    return this.#places.reduce((sum, { rows }) => sum + rows, 0);
  }

  get pairs() {
    return this.#places.reduce((sum, { entries }) => sum + entries, 0);
  }

  get items() {
    return this.#about.items;
  }

  get unknownPairs() {
    return this.#about.unknownPairs;
  }

  get quality() {
    return this.#about.quality;
  }

  async *batches(first = 0): AsyncGenerator<PurchaseBatch> {
    const handle = await open(this.#path);
    const buffer = new ArrayBuffer(Math.max(0, ...this.#places.map(bytesIn)));
    try {
      let from = 0;
      for (const place of this.#places) {
        if (from >= first) yield { from, ...(await this.#read(handle, place, buffer)) };
        from += place.rows;
      }
    } finally {
      await handle.close();
    }
  }

  async #append(handle: FileHandle, ids: Vector, { rows, indptr, indices, values }: Csr): Promise<void> {
    const [data] = ids.data;
    const isText = !DataType.isInt(ids.type);
    const text = isText ? (data.valueOffsets[rows] as number) : undefined;
    // Integers come first, where they are aligned.
    const idPieces: ArrayBufferView[] = isText
      ? [data.valueOffsets, data.values.subarray(0, text)]
      : [data.values];
    const numbers = [indptr, indices, values];
    const pieces = isText ? [...numbers, ...idPieces] : [...idPieces, ...numbers];
    for (const { buffer, byteOffset, byteLength } of pieces)
      await handle.writeFile(new Uint8Array(buffer, byteOffset, byteLength));
    const last = this.#places.at(-1);
    const byte = last ? last.byte + bytesIn(last) : 0;
    this.#places.push({ byte, rows, entries: indices.length, text });
  }

  async #read(
    handle: FileHandle,
    place: Place,
    buffer: ArrayBuffer,
  ): Promise<Pick<PurchaseBatch, 'ids' | 'matrix'>> {
    const { byte, rows, entries, text } = place;
    const bytes = bytesIn(place);
    for (let read = 0; read < bytes; ) {
      const { bytesRead } = await handle.read(new Uint8Array(buffer), read, bytes - read, byte + read);
      if (bytesRead === 0) throw new Error('the file of purchases is shorter than it was');
      read += bytesRead;
    }
    let at = text === undefined ? 8 * rows : 0;
    const integers = (count: number) => {
      at += 4 * count;
      return new Int32Array(buffer, at - 4 * count, count);
    };
    const [indptr, indices] = [integers(rows + 1), integers(entries)];
    const values = new Float32Array(buffer, at, entries);
    at += 4 * entries;
    const matrix: Csr = { rows, columns: this.items.length, indptr, indices, values };
    if (text === undefined) return { ids: integerVector(new BigInt64Array(buffer, 0, rows)), matrix };
    const valueOffsets = integers(rows + 1);
    const data = new Uint8Array(buffer, at, text);
    return {
      ids: new Vector([makeData({ type: new Utf8(), length: rows, nullCount: 0, valueOffsets, data })]),
      matrix,
    };
  }
}

function bytesIn({ rows, entries, text }: Place): number {
  return 4 * (rows + 1) + 8 * entries + (text === undefined ? 8 * rows : 4 * (rows + 1) + text);
}
