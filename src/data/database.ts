import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api';
import { Interrupted, UsageError } from '../errors.js';
import { duckdb } from './duckdb.js';
import { bytesOfSize } from './memory-size.js';
import type { OpenedSource } from './opened-source.js';
import { explained } from './replace-file.js';

export interface DatabaseOptions {
  /** Most memory the data engine takes before it spills to disk: `1GB`, or bytes. Default: 80 % of the machine's. */
  memory?: string | number;
  /** Threads of the data engine at most, fewer where there is little memory for each. Default: all cores. */
  threads?: number;
  /** File that keeps the tables; in memory unless told. What it has of an earlier run is there again, but for the engine's own tables. */
  file?: string;
  /** Folder to spill to. Default: a new one in the system's folder for temporary files, removed on `close`. */
  tempFolder?: string;
}

/** Bytes that a thread of the data engine should have: with less it soon finds no room for what it holds on to. */
const memoryOfThread = 64e6;

/** Bytes of a text file that DuckDB reads at a time unless told, and at least, for the longest line. */
const usualTextBuffer = 32_000_000;
const leastTextBuffer = 1 << 22;

/** Bytes of memory below which none is to lie idle. */
const scarce = 512e6;

/** What DuckDB said, in its first line and without the class of error before it. */
export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n', 1)[0].replace(/^[\w ]+ Error: /, '');
}

function translated(error: unknown): unknown {
  const text = error instanceof Error ? error.message : '';
  if (text.startsWith('INTERRUPT Error')) return new Interrupted();
  if (text.startsWith('Out of Memory Error'))
    return new UsageError({
      expected: 'enough memory for the data engine',
      found: firstLine(error),
      hint: 'Raise `memory` or lower `threads` in the configuration, or free space in the folder for temporary files.',
      cause: error,
    });
  return unwritten(error);
}

/** Where DuckDB could not write its tables or what it spills: the error of a file that cannot be written, with its path. */
function unwritten(error: unknown): unknown {
  const text = String(error);
  if (!/Could not (write|truncate|sync)|No space left|Disk quota|Read-only file system/.test(text))
    return error;
  const [, path = 'a file of the data engine'] = /"([^"]+)"/.exec(text) ?? [];
  return explained(error, path);
}

type Row = Record<string, unknown>;

function simplified(row: Row): Row {
  for (const [name, value] of Object.entries(row))
    if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) row[name] = Number(value);
  return row;
}

/**
 * One DuckDB database, in memory unless told, which spills to disk when its memory is full. It holds the sources of a run as
 * tables. Queries run one after another; a `stream` has a connection of its own, so that others may run beside it.
 */
export class Database {
  /** The sources opened so far, by the name of their table. */
  readonly sources = new Map<string, OpenedSource>();
  readonly tempFolder: string;
  /** Bytes that the data engine takes before it spills to disk; infinite unless told. */
  readonly memory: number;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #streams = new Set<DuckDBConnection>();
  readonly #ownsTempFolder: boolean;
  #tables = 0;
  #scratch?: string;

  private constructor(
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    folder: string,
    owned: boolean,
    memory: number,
  ) {
    this.#instance = instance;
    this.#connection = connection;
    this.tempFolder = folder;
    this.#ownsTempFolder = owned;
    this.memory = memory;
  }

  static async open({ memory, threads, tempFolder, file }: DatabaseOptions = {}): Promise<Database> {
    const folder = tempFolder ?? join(tmpdir(), `kindred-${process.pid}-${randomUUID().slice(0, 8)}`);
    const options: Record<string, string> = { temp_directory: folder };
    if (memory !== undefined) options.memory_limit = typeof memory === 'number' ? `${memory}B` : memory;
    const bytes = memory === undefined ? Number.POSITIVE_INFINITY : bytesOfSize(memory);
    const most = Math.max(1, Math.floor(bytes / memoryOfThread));
    if (threads !== undefined || most < availableParallelism())
      options.threads = String(Math.min(threads ?? availableParallelism(), most));
    if (bytes < scarce) {
      // What it frees goes back to the system at once: it counts as the memory of the process until it does.
      options.allocator_flush_threshold = '1MB';
      options.allocator_bulk_deallocation_flush_threshold = '1MB';
    }
    const { DuckDBInstance } = duckdb();
    let instance: DuckDBInstance;
    try {
      instance = await DuckDBInstance.create(file ?? ':memory:', options);
    } catch (cause) {
      if (unwritten(cause) !== cause) throw unwritten(cause);
      throw new UsageError({
        expected: 'a memory limit such as 1GB and a positive number of threads',
        found: `memory ${memory ?? 'unset'} and threads ${threads ?? 'unset'}`,
        hint: firstLine(cause),
        cause,
      });
    }
    const connection = await instance.connect();
    const database = new Database(instance, connection, folder, tempFolder === undefined, bytes);
    // Times without a zone must mean the same on every machine.
    await database.run("SET TimeZone = 'UTC'");
    if (file !== undefined) await database.run('DROP SCHEMA IF EXISTS kindred CASCADE');
    await database.run('CREATE SCHEMA kindred');
    return database;
  }

  /** Runs statements; gives the number of rows the last one changed. */
  async run(sql: string): Promise<number> {
    try {
      return (await this.#connection.run(sql)).rowsChanged;
    } catch (error) {
      throw translated(error);
    }
  }

  /** Reads a small result as row objects. */
  async rows<T extends object = Row>(sql: string): Promise<T[]> {
    try {
      const reader = await this.#connection.runAndReadAll(sql);
      return reader.getRowObjectsJS().map(row => simplified(row as Row)) as T[];
    } catch (error) {
      throw translated(error);
    }
  }

  /** Reads a result of one row. */
  async row<T extends object = Row>(sql: string): Promise<T> {
    return (await this.rows<T>(sql))[0];
  }

  /** Streams a result chunk by chunk (at most 2,048 rows each); memory does not grow with the number of rows. */
  async *stream(sql: string): AsyncGenerator<DuckDBDataChunk> {
    const connection = await this.#instance.connect();
    this.#streams.add(connection);
    try {
      const result = await connection.stream(sql);
      for (;;) {
        const chunk = await result.fetchChunk();
        if (!chunk || chunk.rowCount === 0) return;
        yield chunk;
      }
    } catch (error) {
      throw translated(error);
    } finally {
      this.#streams.delete(connection);
      connection.closeSync();
    }
  }

  /** Appends to a table through `fill`, which gets DuckDB's appender. */
  async append(
    table: string,
    fill: (append: (chunk: DuckDBDataChunk) => void) => Promise<void> | void,
  ): Promise<void> {
    const appender = await this.#connection.createAppender(table, 'kindred');
    try {
      await fill(chunk => appender.appendDataChunk(chunk));
      appender.flushSync();
    } catch (error) {
      appender.clear();
      throw translated(error);
    } finally {
      appender.closeSync();
    }
  }

  /**
   * Runs `work` with one thread. Floating-point sums depend on the order of their terms: with one thread that is
   * the order of the rows, so that every run on every machine gives the same digits.
   */
  async inOrder<T>(work: () => Promise<T>): Promise<T> {
    const { threads } = await this.row<{ threads: number }>("SELECT current_setting('threads') AS threads");
    await this.run('SET threads = 1');
    try {
      return await work();
    } finally {
      await this.run(`SET threads = ${threads}`);
    }
  }

  /** Options of DuckDB's reader of text files where its usual buffer would be large for the memory. */
  get textOptions(): string {
    const bytes = Math.floor(Math.max(leastTextBuffer, this.memory / 8));
    return bytes < usualTextBuffer ? `, buffer_size = ${bytes}` : '';
  }

  /** A name, not used before, for a table of the engine's own; it lives in the schema `kindred`. */
  newTable(purpose: string): string {
    return `${purpose}_${++this.#tables}`;
  }

  /** A folder for files that are of use until the database is closed. */
  scratchFolder(): string {
    this.#scratch ??= join(this.tempFolder, `scratch-${randomUUID().slice(0, 8)}`);
    mkdirSync(this.#scratch, { recursive: true });
    return this.#scratch;
  }

  /** The path of such a file, not used before. */
  scratchFile(purpose: string): string {
    return join(this.scratchFolder(), this.newTable(purpose));
  }

  /** Stops what is running; the interrupted call throws `Interrupted`. */
  interrupt(): void {
    this.#connection.interrupt();
    for (const connection of this.#streams) connection.interrupt();
  }

  async close(): Promise<void> {
    this.#connection.closeSync();
    this.#instance.closeSync();
    if (this.#scratch) rmSync(this.#scratch, { recursive: true, force: true });
    if (this.#ownsTempFolder) rmSync(this.tempFolder, { recursive: true, force: true });
  }
}
