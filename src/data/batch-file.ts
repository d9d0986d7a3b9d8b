import { type FileHandle, open } from 'node:fs/promises';
import { explained } from './replace-file.js';

/**
 * Numbers of customers on disk, batch after batch and in each batch column after column, to be read as often as an
 * algorithm needs them. What is read lasts until the next is.
 */
export class BatchFile {
  readonly #path: string;
  readonly #columns: number;
  readonly #rows: number[] = [];
  #handle?: FileHandle;
  #batch?: Float32Array;

  constructor(path: string, columns: number) {
    this.#path = path;
    this.#columns = columns;
  }

  /**
   * Writes the next batch, `[columns, rows]`.
   *
   * @throws UsageError when the disk is full
   */
  async append(values: Float32Array, rows: number): Promise<void> {
    try {
      this.#handle ??= await open(this.#path, 'w');
      await this.#handle.writeFile(bytesOf(values));
    } catch (error) {
      throw explained(error, this.#path);
    }
    this.#rows.push(rows);
  }

  /** Ends the writing. */
  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }

  /** All batches from the first to the last. */
  async *batches(): AsyncGenerator<{ values: Float32Array; rows: number }> {
    this.#batch ??= new Float32Array(this.#columns * Math.max(0, ...this.#rows));
    const buffer = this.#batch;
    const handle = await open(this.#path);
    try {
      for (const rows of this.#rows) {
        const values = buffer.subarray(0, this.#columns * rows);
        const bytes = bytesOf(values);
        for (let read = 0; read < bytes.length; ) {
          const { bytesRead } = await handle.read(bytes, read, bytes.length - read);
          if (bytesRead === 0) throw new Error('the file of batches is shorter than it was');
          read += bytesRead;
        }
        yield { values, rows };
      }
    } finally {
      await handle.close();
    }
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
