import { integerVector } from '../../data/arrow-columns.js';
import { type CustomerPurchases, type Interactions, textVector } from '../../data/index.js';
import type { Csr } from '../../ops/index.js';
import { belowEachOther, pickRows } from '../../recommend/sparse-rows.js';

/** What all customers have, some at a time. */
export type Purchases = Pick<CustomerPurchases, 'rows' | 'batches'>;

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
    matrix: belowEachOther(
      some.map(({ matrix }) => matrix),
      items,
    ),
    customers: isText ? textVector(ids) : integerVector(BigInt64Array.from(ids, BigInt)),
  };
}
