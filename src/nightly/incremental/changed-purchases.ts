import { integerVector } from '../../data/arrow-columns.js';
import {
  type CustomerPurchases,
  customersAtATime,
  customersIn,
  type KeptColumn,
  type PurchaseBatch,
  textVector,
} from '../../data/index.js';
import { belowEachOther, pickRows } from '../../recommend/sparse-rows.js';
import type { Purchases } from './purchases.js';

/** Those of all customers who have changed. */
export interface ChangedCustomers {
  /** `[customers]`, 1 for those who have. */
  isChanged: KeptColumn<'int32'>;
  /** How many they are. */
  count: number;
}

/** Changed customers of a batch, with their ids. */
type Picked = Pick<PurchaseBatch, 'matrix'> & { numbers: Int32Array; ids: (string | bigint)[] };

/** What the customers who have changed have. */
export class ChangedPurchases implements Purchases {
  constructor(
    readonly everybody: CustomerPurchases,
    readonly changed: ChangedCustomers,
  ) {}

  get rows() {
    return this.changed.count;
  }

  async *batches(first = 0): AsyncGenerator<PurchaseBatch> {
    let from = 0;
    let some: Picked[] = [];
    const batch = (): PurchaseBatch => {
      const ids = some.flatMap(picked => picked.ids);
      const isText = ids.every((id): id is string => typeof id === 'string');
      return {
        from,
        ids: isText ? textVector(ids) : integerVector(BigInt64Array.from(ids, BigInt)),
        matrix: belowEachOther(
          some.map(({ matrix }) => matrix),
          this.everybody.items.length,
        ),
        numbers: Int32Array.from(some.flatMap(({ numbers }) => Array.from(numbers))),
      };
    };
    let count = 0;
    for await (const all of this.everybody.batches()) {
      const picked = this.#picked(all);
      if (picked.numbers.length === 0) continue;
      some.push(picked);
      count += picked.numbers.length;
      if (count < customersAtATime) continue;
      if (from >= first) yield batch();
      from += count;
      [some, count] = [[], 0];
    }
    if (count > 0 && from >= first) yield batch();
  }

  #picked(batch: PurchaseBatch): Picked {
    const { ids, matrix } = batch;
    const numbers = customersIn(batch);
    const isChanged = this.changed.isChanged.part(batch.from, batch.from + matrix.rows);
    const rows = Int32Array.from(numbers.keys()).filter(row => isChanged[row] === 1);
    return {
      numbers: rows.map(row => numbers[row]),
      ids: Array.from(rows, row => ids.get(row)),
      matrix: pickRows(matrix, rows),
    };
  }
}
