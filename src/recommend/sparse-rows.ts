import type { Csr } from '../ops/index.js';

/** Makes a sparse matrix of rows given as maps from column to value. */
export function rowsOf(rows: Iterable<ReadonlyMap<number, number>>, columns: number): Csr {
  const indptr = [0];
  const indices: number[] = [];
  const values: number[] = [];
  for (const row of rows) {
    for (const [column, value] of [...row].sort(([a], [b]) => a - b)) {
      indices.push(column);
      values.push(value);
    }
    indptr.push(indices.length);
  }
  return {
    rows: indptr.length - 1,
    columns,
    indptr: Int32Array.from(indptr),
    indices: Int32Array.from(indices),
    values: Float32Array.from(values),
  };
}

/** The matrix of some rows of another, in the order given. */
export function pickRows({ columns, indptr, indices, values }: Csr, rows: Int32Array): Csr {
  const picked = new Int32Array(rows.length + 1);
  rows.forEach((row, i) => {
    picked[i + 1] = picked[i] + indptr[row + 1] - indptr[row];
  });
  const result: Csr = {
    rows: rows.length,
    columns,
    indptr: picked,
    indices: new Int32Array(picked[rows.length]),
    values: new Float32Array(picked[rows.length]),
  };
  rows.forEach((row, i) => {
    result.indices.set(indices.subarray(indptr[row], indptr[row + 1]), picked[i]);
    result.values.set(values.subarray(indptr[row], indptr[row + 1]), picked[i]);
  });
  return result;
}

/** The entries in the columns that are wanted: those where `wanted [columns]` is not 0. */
export function keepColumns(matrix: Csr, wanted: Uint8Array | undefined): Csr {
  if (!wanted) return matrix;
  const { rows, columns, indptr, indices, values } = matrix;
  const kept: Csr = {
    rows,
    columns,
    indptr: new Int32Array(rows + 1),
    indices: new Int32Array(indices.length),
    values: new Float32Array(indices.length),
  };
  let entries = 0;
  for (let row = 0; row < rows; row++) {
    for (let p = indptr[row]; p < indptr[row + 1]; p++) {
      if (wanted[indices[p]] === 0) continue;
      kept.indices[entries] = indices[p];
      kept.values[entries++] = values[p];
    }
    kept.indptr[row + 1] = entries;
  }
  return { ...kept, indices: kept.indices.subarray(0, entries), values: kept.values.subarray(0, entries) };
}

/** The matrix of some columns of another, by ascending numbers: the first of them becomes column 0. */
export function pickColumns({ rows, columns, indptr, indices, values }: Csr, chosen: Int32Array): Csr {
  const places = new Int32Array(columns).fill(-1);
  chosen.forEach((column, place) => {
    places[column] = place;
  });
  const entries = indices.reduce((count, column) => count + (places[column] < 0 ? 0 : 1), 0);
  const picked: Csr = {
    rows,
    columns: chosen.length,
    indptr: new Int32Array(rows + 1),
    indices: new Int32Array(entries),
    values: new Float32Array(entries),
  };
  let next = 0;
  for (let row = 0; row < rows; row++) {
    for (let p = indptr[row]; p < indptr[row + 1]; p++) {
      if (places[indices[p]] < 0) continue;
      picked.indices[next] = places[indices[p]];
      picked.values[next++] = values[p];
    }
    picked.indptr[row + 1] = next;
  }
  return picked;
}

/** Puts matrices with the same rows side by side. */
export function beside(matrices: readonly Csr[], rows: number): Csr {
  const columns = matrices.reduce((sum, matrix) => sum + matrix.columns, 0);
  const entries = matrices.reduce((sum, matrix) => sum + matrix.indices.length, 0);
  const joined: Csr = {
    rows,
    columns,
    indptr: new Int32Array(rows + 1),
    indices: new Int32Array(entries),
    values: new Float32Array(entries),
  };
  let next = 0;
  for (let row = 0; row < rows; row++) {
    let shift = 0;
    for (const { columns: width, indptr, indices, values } of matrices) {
      for (let p = indptr[row]; p < indptr[row + 1]; p++) {
        joined.indices[next] = shift + indices[p];
        joined.values[next++] = values[p];
      }
      shift += width;
    }
    joined.indptr[row + 1] = next;
  }
  return joined;
}

/** The rows scaled to a Euclidean norm, except rows of zeros. */
export function scaleRows(matrix: Csr, norm: number): Csr {
  const { rows, indptr } = matrix;
  const values = matrix.values.slice();
  for (let row = 0; row < rows; row++) {
    let square = 0;
    for (let p = indptr[row]; p < indptr[row + 1]; p++) square += values[p] ** 2;
    const factor = square > 0 ? norm / Math.sqrt(square) : 1;
    for (let p = indptr[row]; p < indptr[row + 1]; p++) values[p] *= factor;
  }
  return { ...matrix, values };
}

/** The product of two sparse matrices `a [m, c]` and `b [c, n]`, summed in float64. */
export function multiply(a: Csr, b: Csr): Csr {
  const sums = new Float64Array(b.columns);
  const reachedBy = new Int32Array(b.columns).fill(-1);
  const indptr = new Int32Array(a.rows + 1);
  const [indices, values]: [number[], number[]] = [[], []];
  for (let row = 0; row < a.rows; row++) {
    const reached: number[] = [];
    for (let p = a.indptr[row]; p < a.indptr[row + 1]; p++) {
      for (let q = b.indptr[a.indices[p]]; q < b.indptr[a.indices[p] + 1]; q++) {
        const column = b.indices[q];
        if (reachedBy[column] !== row) {
          reachedBy[column] = row;
          sums[column] = 0;
          reached.push(column);
        }
        sums[column] += a.values[p] * b.values[q];
      }
    }
    for (const column of Int32Array.from(reached).sort()) {
      indices.push(column);
      values.push(sums[column]);
    }
    indptr[row + 1] = indices.length;
  }
  return {
    rows: a.rows,
    columns: b.columns,
    indptr,
    indices: Int32Array.from(indices),
    values: Float32Array.from(values),
  };
}

/** One matrix of the rows of all, which have these columns. */
export function belowEachOther(matrices: readonly Csr[], columns: number): Csr {
  const total = (count: (matrix: Csr) => number) => matrices.reduce((sum, matrix) => sum + count(matrix), 0);
  const [rows, entries] = [total(matrix => matrix.rows), total(({ indices }) => indices.length)];
  const all: Csr = {
    rows,
    columns,
    indptr: new Int32Array(rows + 1),
    indices: new Int32Array(entries),
    values: new Float32Array(entries),
  };
  let [row, entry] = [0, 0];
  for (const { indptr, indices, values } of matrices) {
    all.indices.set(indices, entry);
    all.values.set(values, entry);
    for (const end of indptr.subarray(1)) all.indptr[++row] = entry + end;
    entry += indices.length;
  }
  return all;
}
