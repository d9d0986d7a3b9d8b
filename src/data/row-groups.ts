/** Rows of a row group of Parquet at most, as many as the engine takes unless told, and at least. */
const mostRows = 122_880;
const leastRows = 2048;

/** Share of the memory that a row group may take while it is written, and bytes of one at most. */
const shareOfMemory = 1 / 16;
const mostBytes = 1 << 24;

/** Rows of a row group of so many columns: all of its values are in memory until it is written. */
export function rowsOfGroup(columns: number, memory: number): number {
  const bytes = Math.min(mostBytes, shareOfMemory * memory);
  return Math.min(mostRows, Math.max(leastRows, Math.floor(bytes / (8 * columns))));
}
