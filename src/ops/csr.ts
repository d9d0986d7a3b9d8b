import { type Tensor1D, tensor1d } from '@tensorflow/tfjs-core';

/**
 * A sparse matrix in compressed rows: the entries of row `i` are `indices[p]`, `values[p]` for
 * `indptr[i] <= p < indptr[i + 1]`, column indices ascending and without duplicates.
 */
export interface Csr {
  rows: number;
  columns: number;
  /** `[rows + 1]` */
  indptr: Int32Array;
  /** `[entries]` */
  indices: Int32Array;
  /** `[entries]` */
  values: Float32Array;
}

/** A sparse matrix on the device: the arrays of a {@link Csr} as tensors. */
export interface CsrTensors {
  rows: number;
  columns: number;
  indptr: Tensor1D;
  indices: Tensor1D;
  values: Tensor1D;
}

/** Uploads a sparse matrix; the caller disposes of it with {@link disposeCsr}. */
export function csrTensors({ rows, columns, indptr, indices, values }: Csr): CsrTensors {
  return {
    rows,
    columns,
    indptr: tensor1d(indptr, 'int32'),
    indices: tensor1d(indices, 'int32'),
    values: tensor1d(values, 'float32'),
  };
}

export function disposeCsr({ indptr, indices, values }: CsrTensors): void {
  indptr.dispose();
  indices.dispose();
  values.dispose();
}

/** The transposed matrix, in time linear in its entries (counting sort by column). */
export function transpose({ rows, columns, indptr, indices, values }: Csr): Csr {
  const entries = indices.length;
  const transposed: Csr = {
    rows: columns,
    columns: rows,
    indptr: new Int32Array(columns + 1),
    indices: new Int32Array(entries),
    values: new Float32Array(entries),
  };
  for (let p = 0; p < entries; p++) transposed.indptr[indices[p] + 1]++;
  for (let c = 0; c < columns; c++) transposed.indptr[c + 1] += transposed.indptr[c];
  const next = transposed.indptr.slice(0, columns);
  for (let row = 0; row < rows; row++) {
    for (let p = indptr[row]; p < indptr[row + 1]; p++) {
      const place = next[indices[p]]++;
      transposed.indices[place] = row;
      transposed.values[place] = values[p];
    }
  }
  return transposed;
}

/** Rows `from` (inclusive) to `to` (exclusive); entries are shared with the source, not copied. */
export function rowSlice({ columns, indptr, indices, values }: Csr, from: number, to: number): Csr {
  const [first, last] = [indptr[from], indptr[to]];
  return {
    rows: to - from,
    columns,
    indptr: indptr.subarray(from, to + 1).map(p => p - first),
    indices: indices.subarray(first, last),
    values: values.subarray(first, last),
  };
}

/** The identity pattern of rows `from` to `to`, to exclude each row from its own neighbours. */
export function identityRows(from: number, to: number, columns: number): Csr {
  const rows = to - from;
  return {
    rows,
    columns,
    indptr: Int32Array.from({ length: rows + 1 }, (_, i) => i),
    indices: Int32Array.from({ length: rows }, (_, i) => from + i),
    values: new Float32Array(rows).fill(1),
  };
}
