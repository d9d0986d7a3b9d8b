import type { ColumnTable } from './column-table.js';

/** Where the batches of one output go. */
export interface Sink {
  write(table: ColumnTable): Promise<void>;
  /** Writes what is left. */
  close(): Promise<void>;
  /** Lets go of the file; what was written does not matter any more. */
  discard(): Promise<void>;
}
