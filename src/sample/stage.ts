import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import { duckdb } from '../data/duckdb.js';
import type { Sink } from './shopper.js';

/** Rows of a DuckDB data chunk: its vector size. */
const CHUNK_ROWS = 2048;

/** A DuckDB table of integer columns, filled row by row through one chunk of memory. */
export class Stage implements Sink {
  rows = 0;
  readonly #appender: DuckDBAppender;
  readonly #columns: number[][];
  #filled = 0;

  private constructor(appender: DuckDBAppender, columns: number) {
    this.#appender = appender;
    this.#columns = Array.from({ length: columns }, () => new Array<number>(CHUNK_ROWS).fill(0));
  }

  static async create(connection: DuckDBConnection, name: string, columns: string[]): Promise<Stage> {
    await connection.run(`CREATE TABLE ${name} (${columns.map(column => `${column} INTEGER`).join(', ')})`);
    return new Stage(await connection.createAppender(name), columns.length);
  }

  add(...row: number[]): void {
    for (let i = 0; i < this.#columns.length; i++) this.#columns[i]![this.#filled] = row[i]!;
    this.rows++;
    if (++this.#filled === CHUNK_ROWS) this.#flush();
  }

  /** Nothing can be added afterwards. */
  close(): void {
    if (this.#filled > 0) this.#flush();
    this.#appender.closeSync();
  }

  #flush(): void {
    const { DuckDBDataChunk, INTEGER } = duckdb();
    const chunk = DuckDBDataChunk.create(new Array(this.#columns.length).fill(INTEGER), this.#filled);
    this.#columns.forEach((column, i) => {
      chunk.setColumnValues(i, this.#filled === CHUNK_ROWS ? column : column.slice(0, this.#filled));
    });
    this.#appender.appendDataChunk(chunk);
    this.#filled = 0;
  }
}
