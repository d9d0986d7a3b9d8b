import { Table } from 'apache-arrow';
import { z } from 'zod';
import { fromArrow } from './arrow-columns.js';
import { arrowSink } from './arrow-sink.js';
import type { ColumnTable } from './column-table.js';
import { databaseSink } from './database-sink.js';
import { type PendingFile, pendingFile } from './replace-file.js';
import type { Sink } from './sink.js';

export const outputFormatSchema = z
  .enum(['parquet', 'csv', 'arrow'])
  .describe(
    'Format of the tables that are written: parquet, csv or arrow (IPC file, also known as Feather 2)',
  );

export type OutputFormat = z.infer<typeof outputFormatSchema>;

export interface WriteOptions {
  /** Bytes that what is collected for Parquet and CSV may take before it spills to disk, no more than 1 GB. */
  memory?: number;
}

/**
 * Writes a table in batches of any size, all with the same columns. Memory does not grow with the number of batches:
 * Arrow streams to the file, Parquet and CSV collect in DuckDB, which spills to disk.
 */
export class TableWriter {
  readonly #file: PendingFile;
  readonly #sink: Sink;

  private constructor(file: PendingFile, sink: Sink) {
    this.#file = file;
    this.#sink = sink;
  }

  /** @throws UsageError when the folder cannot be written */
  static async open(path: string, format: OutputFormat, { memory }: WriteOptions = {}): Promise<TableWriter> {
    const file = await pendingFile(path);
    try {
      const sink =
        format === 'arrow'
          ? await arrowSink(file.temporary)
          : await databaseSink(file.temporary, format, memory);
      return new TableWriter(file, sink);
    } catch (error) {
      throw await file.fail(error);
    }
  }

  async write(table: ColumnTable | Table): Promise<void> {
    await this.#attempt(() => this.#sink.write(table instanceof Table ? fromArrow(table) : table));
  }

  /** Finishes the file and puts it in its place. */
  async close(): Promise<void> {
    await this.#attempt(() => this.#sink.close());
    await this.#file.finish();
  }

  /** Gives up: removes what was written. */
  async discard(): Promise<void> {
    await this.#sink.discard();
    await this.#file.discard();
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await this.#sink.discard();
      throw await this.#file.fail(error);
    }
  }
}

/**
 * Writes a table to a file, through a temporary name beside it.
 *
 * @throws UsageError when the folder cannot be written or the disk is full; nothing is left behind
 */
export async function writeTable(
  path: string,
  format: OutputFormat,
  table: ColumnTable | Table,
  options: WriteOptions = {},
): Promise<void> {
  const writer = await TableWriter.open(path, format, options);
  await writer.write(table);
  await writer.close();
}

/**
 * Writes the parts of a table to a file one after another, as {@link writeTable}; no file where there are none.
 *
 * @returns the rows of the table.
 */
export async function writeTables(
  path: string,
  format: OutputFormat,
  parts: AsyncIterable<ColumnTable>,
  options: WriteOptions = {},
): Promise<number> {
  let writer: TableWriter | undefined;
  let rows = 0;
  try {
    for await (const part of parts) {
      writer ??= await TableWriter.open(path, format, options);
      await writer.write(part);
      rows += part.rows;
    }
  } catch (error) {
    await writer?.discard();
    throw error;
  }
  await writer?.close();
  return rows;
}
