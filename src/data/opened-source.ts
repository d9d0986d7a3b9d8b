/** How a text file is read, kept so that a wrong value can be traced back to its line. */
export interface TextScan {
  /** Names of the columns, in the order of the file. */
  names: string[];
  /** SQL that reads the files with these DuckDB types by column; what is not named is text. */
  sql(types: Record<string, string>, options?: string): string;
  /** The user's file behind the one that is read, which may be a temporary copy. */
  original(path: string): string;
}

/** What the data layer remembers of a source after its table was made. */
export interface OpenedSource {
  name: string;
  files: string[];
  /** Column of the file behind a column of the table. */
  original(column: string): string;
  /** Whether `amount` was computed as quantity × price. */
  derivesAmount: boolean;
  text?: TextScan;
  /** SQL that reads the source where it is a view of its files, not a table. */
  query?: string;
  /** Bytes that the data engine holds because rows of its table were deleted. */
  heldByDeleted?: number;
}
