import type { CustomerColumn } from '../customer-column.js';
import { bytesPerNumber, ColumnFile, type NumbersOf, type NumberType, numbersOf } from './column-file.js';
import type { Database } from './database.js';

/** Numbers of all customers: in memory, or on disk where they would not fit. */
export class KeptColumn<T extends NumberType> implements CustomerColumn<NumbersOf[T]> {
  /** @internal for what is kept in memory. */
  constructor(
    readonly length: number,
    readonly held?: NumbersOf[T],
    readonly file?: ColumnFile<T>,
  ) {}

  /** Writes numbers from a customer on; what was there before is written over. */
  async write(from: number, numbers: NumbersOf[T]): Promise<void> {
    if (this.held) this.held.set(numbers, from);
    else await this.file!.write(0, from, numbers);
  }

  /** Ends the writing. */
  async close(): Promise<void> {
    await this.file?.close();
  }

  part(from: number, to: number): NumbersOf[T] {
    return this.held ? (this.held.subarray(from, to) as NumbersOf[T]) : this.file!.part(0, from, to);
  }
}

/** Columns by their names. */
export type KeptColumns<Types extends Record<string, NumberType>> = {
  readonly [Name in keyof Types]: KeptColumn<Types[Name]>;
};

/**
 * Room for columns of so many customers; on disk where together they take more than `memory` bytes, in files that go when the
 * database is closed.
 */
export function keptColumns<Types extends Record<string, NumberType>>(
  db: Database,
  types: Types,
  customers: number,
  memory: number,
): KeptColumns<Types> {
  const bytes = Object.values(types).reduce((sum, type) => sum + bytesPerNumber[type] * customers, 0);
  const room = <T extends NumberType>(type: T) =>
    bytes <= memory
      ? new KeptColumn<T>(customers, numbersOf(type, customers))
      : new KeptColumn<T>(customers, undefined, new ColumnFile(db.scratchFile('kept'), 1, customers, type));
  return Object.fromEntries(
    Object.entries(types).map(([name, type]) => [name, room(type)]),
  ) as unknown as KeptColumns<Types>;
}

/** Ends the writing of columns. */
export async function closeColumns(columns: Readonly<Record<string, KeptColumn<NumberType>>>): Promise<void> {
  for (const column of Object.values(columns)) await column.close();
}
