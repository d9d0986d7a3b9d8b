import { closeSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { CustomerColumn } from '../customer-column.js';
import { explained } from './replace-file.js';

/** The arrays that numbers of a type are in. */
export interface NumbersOf {
  float32: Float32Array;
  float64: Float64Array;
  int32: Int32Array;
}

export type NumberType = keyof NumbersOf;

export const bytesPerNumber = { float32: 4, float64: 8, int32: 4 } as const;

/** Room for so many numbers. */
export function numbersOf<T extends NumberType>(type: T, length: number): NumbersOf[T] {
  const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array };
  return new arrays[type](length) as NumbersOf[T];
}

/**
 * Numbers of customers on disk, one column after another, to be read as often as an algorithm needs them: customers in
 * batches, which last until the next, or some of one column.
 */
export class ColumnFile<T extends NumberType> {
  readonly columns: number;
  readonly rows: number;
  readonly #path: string;
  readonly #type: T;
  #handle?: FileHandle;
  #isThere = false;
  #batch?: NumbersOf[T];

  constructor(path: string, columns: number, rows: number, type: T) {
    this.#path = path;
    this.columns = columns;
    this.rows = rows;
    this.#type = type;
  }

  /**
   * Writes values of one column, from a row on.
   *
   * @throws UsageError when the disk is full
   */
  async write(column: number, from: number, values: NumbersOf[T]): Promise<void> {
    const bytes = bytesOf(values);
    const place = this.#place(column, from);
    try {
      // What is written to again after its end is not begun anew.
      this.#handle ??= await open(this.#path, this.#isThere ? 'r+' : 'w');
      this.#isThere = true;
      for (let written = 0; written < bytes.length; ) {
        const { bytesWritten } = await this.#handle.write(
          bytes,
          written,
          bytes.length - written,
          place + written,
        );
        written += bytesWritten;
      }
    } catch (error) {
      throw explained(error, this.#path);
    }
  }

  /** Ends the writing. */
  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }

  /** All customers from the first to the last, `[columns, rows]` in batches of so many rows at most. */
  *batches(most: number): Generator<{ values: NumbersOf[T]; rows: number }> {
    const size = Math.min(most, this.rows);
    if (this.#batch?.length !== this.columns * size) this.#batch = numbersOf(this.#type, this.columns * size);
    const buffer: NumbersOf[NumberType] = this.#batch;
    const file = openSync(this.#path, 'r');
    try {
      for (let from = 0; from < this.rows; from += size) {
        const rows = Math.min(size, this.rows - from);
        for (let column = 0; column < this.columns; column++) {
          const values = buffer.subarray(column * rows, (column + 1) * rows);
          this.#read(file, values, this.#place(column, from));
        }
        yield { values: buffer.subarray(0, this.columns * rows) as NumbersOf[T], rows };
      }
    } finally {
      closeSync(file);
    }
  }

  /** One column. */
  column(number: number): CustomerColumn<NumbersOf[T]> {
    return { length: this.rows, part: (from, to) => this.part(number, from, to) };
  }

  /** Some rows of one column, `to` not included, in an array of their own. */
  part(number: number, from: number, to: number): NumbersOf[T] {
    const values = numbersOf(this.#type, to - from);
    const file = openSync(this.#path, 'r');
    try {
      this.#read(file, values, this.#place(number, from));
    } finally {
      closeSync(file);
    }
    return values;
  }

  #place(column: number, row: number): number {
    return (column * this.rows + row) * bytesPerNumber[this.#type];
  }

  #read(file: number, values: NumbersOf[NumberType], place: number): void {
    const bytes = bytesOf(values);
    for (let read = 0; read < bytes.length; ) {
      const more = readSync(file, bytes, read, bytes.length - read, place + read);
      if (more === 0) throw new Error('the file of columns is shorter than it was');
      read += more;
    }
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: NumbersOf[NumberType]): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
