import { open } from 'node:fs/promises';
import { Field, RecordBatch, RecordBatchFileWriter, Schema } from 'apache-arrow';
import { toArrow } from './arrow-columns.js';
import type { ColumnTable } from './column-table.js';
import type { Sink } from './sink.js';

/**
 * Arrow's file writer with its bytes kept until they are taken: its own queue cannot be waited for, so a disk slower
 * than the batches would fill the memory.
 */
class TakenWriter extends RecordBatchFileWriter {
  #pending: Uint8Array[] = [];

  take(): Uint8Array[] {
    const taken = this.#pending;
    this.#pending = [];
    return taken;
  }

  protected override _write(chunk: ArrayBufferView): this {
    if (!this._started || chunk.byteLength === 0) return this;
    this.#pending.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    this._position += chunk.byteLength;
    return this;
  }
}

/** Dictionaries become plain text: in a file of several batches a dictionary could not change from one to the next. */
function plain(table: ColumnTable): ColumnTable {
  const columns = table.columns.map(column => {
    if (column.type !== 'dictionary') return column;
    const { name, codes, dictionary } = column;
    const values = Array.from(codes, code => (code < 0 ? null : dictionary[code]));
    return { name, type: 'text' as const, values };
  });
  return { rows: table.rows, columns };
}

/** Streams record batches into an Arrow IPC file. */
export async function arrowSink(path: string): Promise<Sink> {
  const file = await open(path, 'w');
  const writer = new TakenWriter();
  let schema: Schema | undefined;
  const flush = async () => {
    for (const bytes of writer.take()) await file.writeFile(bytes);
  };
  return {
    async write(table) {
      for (const batch of toArrow(plain(table)).batches) {
        // One schema for all: a batch without missing values would have another one, and end the file.
        schema ??= new Schema(batch.schema.fields.map(({ name, type }) => new Field(name, type, true)));
        writer.write(new RecordBatch(schema, batch.data));
      }
      await flush();
    },
    async close() {
      writer.finish();
      await flush();
      await file.close();
    },
    async discard() {
      await file.close().catch(() => {});
    },
  };
}
