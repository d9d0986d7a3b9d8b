import type { Vector } from 'apache-arrow';
import { integerVector } from '../../data/arrow-columns.js';
import { type Interactions, textVector } from '../../data/index.js';
import { type Csr, rowSlice } from '../../ops/index.js';
import { pickRows } from '../../recommend/sparse-rows.js';

/** Some customers who follow one another, and what they have. */
export interface PurchaseBatch {
  /** Number of the first of them. */
  from: number;
  ids: Vector;
  /** `[customers, items]` */
  matrix: Csr;
}

/** What all customers have, some at a time. */
export interface Purchases {
  /** Customers. */
  rows: number;
  batches(): AsyncIterable<PurchaseBatch> | Iterable<PurchaseBatch>;
}

/** Customers that are looked at at a time. */
const customersAtATime = 1 << 14;

/** What all customers have, of whom some are looked at at a time. */
export function inBatches({ matrix, customers }: Interactions): Purchases {
  return {
    rows: matrix.rows,
    *batches() {
      for (let from = 0; from < matrix.rows; from += customersAtATime) {
        const to = Math.min(from + customersAtATime, matrix.rows);
        yield { from, ids: customers.slice(from, to), matrix: rowSlice(matrix, from, to) };
      }
    },
  };
}

/** How many customers have each item. */
export async function customersOf(purchases: Purchases, items: number): Promise<Int32Array> {
  const counts = new Int32Array(items);
  for await (const { matrix } of purchases.batches()) for (const item of matrix.indices) counts[item]++;
  return counts;
}

/** What some customers have, by their ascending numbers. */
export async function chosenRows(
  purchases: Purchases,
  items: number,
  chosen: Int32Array,
): Promise<Pick<Interactions, 'matrix' | 'customers'>> {
  const some: { ids: (string | bigint)[]; matrix: Csr }[] = [];
  let next = 0;
  for await (const { from, ids, matrix } of purchases.batches()) {
    const first = next;
    while (next < chosen.length && chosen[next] < from + matrix.rows) next++;
    const rows = chosen.subarray(first, next).map(customer => customer - from);
    some.push({ ids: Array.from(rows, row => ids.get(row)), matrix: pickRows(matrix, rows) });
  }
  const ids = some.flatMap(batch => batch.ids);
  const isText = ids.every((id): id is string => typeof id === 'string');
  return {
    matrix: stacked(
      some.map(({ matrix }) => matrix),
      items,
    ),
    customers: isText ? textVector(ids) : integerVector(BigInt64Array.from(ids, BigInt)),
  };
}

/** Matrices of the same columns, one above the other. */
function stacked(matrices: readonly Csr[], columns: number): Csr {
  const sum = (of: (matrix: Csr) => number) => matrices.reduce((all, matrix) => all + of(matrix), 0);
  const [rows, entries] = [sum(matrix => matrix.rows), sum(matrix => matrix.indices.length)];
  const all: Csr = {
    rows,
    columns,
    indptr: new Int32Array(rows + 1),
    indices: new Int32Array(entries),
    values: new Float32Array(entries),
  };
  let [row, entry] = [0, 0];
  for (const { rows: some, indptr, indices, values } of matrices) {
    for (let r = 1; r <= some; r++) all.indptr[++row] = entry + indptr[r];
    all.indices.set(indices, entry);
    all.values.set(values, entry);
    entry += indices.length;
  }
  return all;
}
