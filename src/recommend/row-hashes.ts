import type { Csr } from '../ops/index.js';

/** Two hashes of each row of a matrix: together they are the same of rows that are, and hardly ever of others. */
export interface RowHashes {
  first: Int32Array;
  second: Int32Array;
}

/**
 * Hashes of which columns each row has, with which values, in their order.
 *
 * @param ofColumns `[2 · columns]`, two hashes of what each column stands for, whatever its number.
 */
export function rowHashes({ rows, indptr, indices, values }: Csr, ofColumns: Int32Array): RowHashes {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  const [first, second] = [new Int32Array(rows), new Int32Array(rows)];
  for (let row = 0; row < rows; row++) {
    let [a, b] = [0, 0];
    for (let p = indptr[row]; p < indptr[row + 1]; p++) {
      const column = 2 * indices[p];
      // FNV-1a by words, once forwards and once with other constants.
      a = Math.imul(Math.imul(a ^ ofColumns[column], 0x01000193) ^ bits[p], 0x01000193);
      b = Math.imul(Math.imul(b ^ bits[p], 0x85ebca6b) ^ ofColumns[column + 1] ^ (b >>> 15), 0xc2b2ae35);
    }
    [first[row], second[row]] = [a, b];
  }
  return { first, second };
}
