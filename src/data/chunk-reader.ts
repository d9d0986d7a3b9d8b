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
  #integers: bigint[] = [];

  add(
    chunk: DuckDBDataChunk,
    column: number,
    { from, to }: RowRange = { from: 0, to: chunk.rowCount },
  ): void {
    const vector = chunk.getColumnVector(column);
    for (let row = from; row < to; row++) {
      const id = vector.getItem(row) as bigint | string;
      if (typeof id === 'bigint') this.#integers.push(id);
      else this.#texts.push(id);
    }
  }

  finish(): Vector {
    return this.#texts.length > 0
      ? textVector(this.#texts)
      : integerVector(BigInt64Array.from(this.#integers));
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
    for (let column = 0; column < targets.length; column++)
      copyNumbers(chunk, column, targets[column], offset);
    offset += chunk.rowCount;
  }
}
