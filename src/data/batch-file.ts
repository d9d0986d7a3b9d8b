import { closeSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

interface NumbersOf {
  float32: Float32Array;
  float64: Float64Array;
}

const bytesPerNumber = { float32: 4, float64: 8 };

/**
 * Numbers of customers on disk, batch after batch and in each batch column after column, to be read as often as an
 * algorithm needs them: customers in batches, or one column of all of them. What is read lasts until the next is.
 */
export class BatchFile<T extends keyof NumbersOf> {
  readonly #path: string;
  readonly #type: T;
  readonly #columns: number;
  readonly #rows: number[] = [];
  #handle?: FileHandle;
  #batch?: NumbersOf[T];
  #column?: NumbersOf[T];

  constructor(path: string, columns: number, type: T) {
    this.#path = path;
    this.#columns = columns;
    this.#type = type;
  }

  /** Writes the next batch, `[columns, rows]`, in one piece or in several. */
  async append(values: readonly NumbersOf[T][], rows: number): Promise<void> {
    this.#handle ??= await open(this.#path, 'w');
    for (const piece of values) await this.#handle.writeFile(bytesOf(piece));
    this.#rows.push(rows);
  }

  /** Ends the writing. */
  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }

  /** All batches from the first to the last. */
  async *batches(): AsyncGenerator<{ values: NumbersOf[T]; rows: number }> {
    this.#batch ??= this.#numbers(this.#columns * Math.max(0, ...this.#rows));
    const buffer: Float32Array | Float64Array = this.#batch;
    const handle = await open(this.#path);
    try {
      for (const rows of this.#rows) {
        const values = buffer.subarray(0, this.#columns * rows) as NumbersOf[T];
        const bytes = bytesOf(values);
        for (let read = 0; read < bytes.length; ) {
          const { bytesRead } = await handle.read(bytes, read, bytes.length - read);
          read += checked(bytesRead);
        }
        yield { values, rows };
      }
    } finally {
      await handle.close();
    }
  }

  /** One column of all customers. */
  column(number: number): NumbersOf[T] {
    this.#column ??= this.#numbers(this.#rows.reduce((sum, rows) => sum + rows, 0));
    const all: Float32Array | Float64Array = this.#column;
    const file = openSync(this.#path, 'r');
    try {
      let [to, from] = [0, 0];
      for (const rows of this.#rows) {
        const bytes = bytesOf(all.subarray(to, to + rows));
        const place = (from + number * rows) * bytesPerNumber[this.#type];
        for (let read = 0; read < bytes.length; ) {
          read += checked(readSync(file, bytes, read, bytes.length - read, place + read));
        }
        to += rows;
        from += rows * this.#columns;
      }
    } finally {
      closeSync(file);
    }
    return this.#column;
  }

  #numbers(length: number): NumbersOf[T] {
    return (this.#type === 'float32' ? new Float32Array(length) : new Float64Array(length)) as NumbersOf[T];
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function checked(bytesRead: number): number {
  if (bytesRead === 0) throw new Error('the file of batches is shorter than it was');
  return bytesRead;
}
