import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { Vector } from 'apache-arrow';
import { integerVector, textVector } from './arrow-columns.js';
import type { Database } from './database.js';

export type Numbers = Float64Array | Float32Array | Int32Array;

/** Rows of a chunk, the last one not included. */
export interface RowRange {
  from: number;
  to: number;
}

/** Copies numbers of a chunk's column to `offset` in an array; a missing value becomes NaN. */
export function copyNumbers(
  chunk: DuckDBDataChunk,
  column: number,
  target: Numbers,
  offset: number,
  { from, to }: RowRange = { from: 0, to: chunk.rowCount },
): void {
  const vector = chunk.getColumnVector(column);
  for (let row = from; row < to; row++)
    target[offset + row - from] = (vector.getItem(row) as number | null) ?? Number.NaN;
}

/** Collects ids, integers or text, into an Arrow vector. */
export class IdCollector {
  #texts: string[] = [];
  #integers: BigInt64Array[] = [];

  add(
    chunk: DuckDBDataChunk,
    column: number,
    { from, to }: RowRange = { from: 0, to: chunk.rowCount },
  ): void {
    const vector = chunk.getColumnVector(column);
    if (from < to && typeof vector.getItem(from) === 'bigint') {
      const ids = new BigInt64Array(to - from);
      for (let row = from; row < to; row++) ids[row - from] = vector.getItem(row) as bigint;
      this.#integers.push(ids);
    } else for (let row = from; row < to; row++) this.#texts.push(vector.getItem(row) as string);
  }

  finish(): Vector {
    if (this.#texts.length > 0) return textVector(this.#texts);
    const ids = new BigInt64Array(this.#integers.reduce((sum, { length }) => sum + length, 0));
    let from = 0;
    for (const some of this.#integers) {
      ids.set(some, from);
      from += some.length;
    }
    return integerVector(ids);
  }
}

/** Reads a column of ids. */
export async function readIds(db: Database, sql: string): Promise<Vector> {
  const ids = new IdCollector();
  for await (const chunk of db.stream(sql)) ids.add(chunk, 0);
  return ids.finish();
}

/** Reads columns of numbers into preallocated arrays, one for each column of the result. */
export async function readNumbers(db: Database, sql: string, targets: readonly Numbers[]): Promise<void> {
  let offset = 0;
  for await (const chunk of db.stream(sql)) {
    for (const [column, target] of targets.entries()) copyNumbers(chunk, column, target, offset);
    offset += chunk.rowCount;
  }
}

/**
 * Reads columns of numbers, so many rows at a time, into arrays of that length, one for each column of the result; gives the
 * number of rows each time that they are filled anew. A missing value becomes NaN.
 */
export async function* filledColumns(
  db: Database,
  sql: string,
  columns: readonly Numbers[],
): AsyncGenerator<number> {
  const size = columns[0].length;
  let filled = 0;
  for await (const chunk of db.stream(sql)) {
    for (let from = 0; from < chunk.rowCount; ) {
      const to = Math.min(chunk.rowCount, from + size - filled);
      for (const [c, column] of columns.entries()) copyNumbers(chunk, c, column, filled, { from, to });
      filled += to - from;
      from = to;
      if (filled < size) continue;
      yield filled;
      filled = 0;
    }
  }
  if (filled > 0) yield filled;
}

/** Reads a column of ids, so many at a time. */
export async function* idBatches(db: Database, sql: string, size: number): AsyncGenerator<Vector> {
  let ids = new IdCollector();
  let collected = 0;
  for await (const chunk of db.stream(sql)) {
    for (let from = 0; from < chunk.rowCount; ) {
      const to = Math.min(chunk.rowCount, from + size - collected);
      ids.add(chunk, 0, { from, to });
      collected += to - from;
      from = to;
      if (collected < size) continue;
      yield ids.finish();
      ids = new IdCollector();
      collected = 0;
    }
  }
  if (collected > 0) yield ids.finish();
}
