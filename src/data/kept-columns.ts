import { ColumnFile } from './column-file.js';
import type { Database } from './database.js';

/** Customers who are dealt with together. */
const customersAtATime = 65_536;

/** Columns of numbers of all customers: in memory, or on disk where they would not fit. */
export class KeptColumns<Name extends string = string> {
  /** @internal for what is kept in memory, `[columns][rows]`. */
  constructor(
    readonly names: readonly Name[],
    readonly rows: number,
    readonly held?: Float64Array[],
    readonly file?: ColumnFile<'float64'>,
  ) {}

  /** Room for columns; on disk where they take more than `memory` bytes, in a file that goes when the database is closed. */
  static create<Name extends string>(
    db: Database,
    names: readonly Name[],
    rows: number,
    memory: number,
  ): KeptColumns<Name> {
    if (8 * names.length * rows <= memory) {
      return new KeptColumns(
        names,
        rows,
        names.map(() => new Float64Array(rows)),
      );
    }
    return new KeptColumns(
      names,
      rows,
      undefined,
      new ColumnFile(db.scratchFile('kept'), names.length, rows, 'float64'),
    );
  }

  /** Writes values of a column, from a row on. */
  async write(name: Name, from: number, values: Float64Array): Promise<void> {
    const column = this.names.indexOf(name);
    if (this.held) this.held[column].set(values, from);
    else await this.file!.write(column, from, values);
  }

  /** Ends the writing. */
  async close(): Promise<void> {
    await this.file?.close();
  }

  /** A column of some customers, `to` not included; not to be written to. */
  part(name: Name, from = 0, to = this.rows): Float64Array {
    const column = this.names.indexOf(name);
    return this.held ? this.held[column].subarray(from, to) : this.file!.part(column, from, to);
  }

  /** All customers from the first to the last, some at a time. */
  *ranges(): Generator<{ from: number; to: number }> {
    for (let from = 0; from < this.rows; from += customersAtATime) {
      yield { from, to: Math.min(from + customersAtATime, this.rows) };
    }
  }
}
