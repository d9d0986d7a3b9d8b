import { createHash } from 'node:crypto';
import { type CustomerColumn, ranges } from '../../customer-column.js';
import { appendTable, createTable } from '../../data/append-table.js';
import { copyOptions } from '../../data/copy-options.js';
import { plainPath } from '../../data/files.js';
import {
  closeColumns,
  columnTable,
  type Database,
  filledColumns,
  idText,
  type KeptColumns,
  keptColumns,
  replaceFile,
} from '../../data/index.js';
import { literal } from '../../data/sql.js';
import { rowHashes } from '../../recommend/row-hashes.js';
import type { Circles } from '../recommend/shop.js';
import type { Purchases } from './purchases.js';

/** What decides what is recommended to each customer. */
export interface KnownOfCustomers {
  purchases: Purchases;
  /** Ids of the items as text, and their readable names. */
  ids: readonly string[];
  names: readonly string[];
  circles: ReadonlyMap<string, Circles>;
}

function hashOf(what: unknown): [number, number] {
  const digest = createHash('sha256').update(JSON.stringify(what)).digest();
  return [digest.readInt32LE(0), digest.readInt32LE(4)];
}

/** Two hashes of each item: a customer's row is the same where its items are, whatever their numbers. */
function itemHashes({ ids, names }: KnownOfCustomers): Int32Array {
  return Int32Array.from(ids.flatMap((id, item) => hashOf([id, names[item]])));
}

/** What hashes the names of the circles of some customers. */
function circleHashes(circles: KnownOfCustomers['circles']): (from: number, to: number) => Int32Array {
  const hashed = [...circles].map(([part, { codes, names }]) => ({
    codes,
    ofNames: names.map(name => hashOf([part, name])[0]),
  }));
  return (from, to) => {
    const hashes = new Int32Array(to - from);
    for (const { codes, ofNames } of hashed) {
      const own = codes.part(from, to);
      hashes.forEach((hash, i) => {
        hashes[i] = Math.imul(hash ^ (ofNames[own[i]] ?? 0), 0x01000193);
      });
    }
    return hashes;
  };
}

const comparedTypes = { same: 'int32', sameCircles: 'int32', made: 'float32', link: 'int32' } as const;

/**
 * Today's customers beside the last night's, by today's numbers. `same` is 1 where purchases, and the names of what was bought,
 * are the same, `sameCircles` where the circles are; `made` says how far recommenders had moved since the last full night when
 * these recommendations were made, `link` the last link of the chain that has a say, see `reachedSql`.
 */
export type ComparedCustomers = KeptColumns<typeof comparedTypes>;

/** Customers who are compared together. */
const customersAtATime = 65_536;

/** A table of today's customers with hashes of what decides what they are recommended, to compare with the next night's. */
export class CustomerRows {
  private constructor(
    readonly database: Database,
    readonly table: string,
    readonly customers: number,
  ) {}

  static async of(database: Database, known: KnownOfCustomers): Promise<CustomerRows> {
    const { purchases } = known;
    const ofItems = itemHashes(known);
    const circlesOf = circleHashes(known.circles);
    const name = database.newTable('rows');
    let table = '';
    for await (const { from, ids, matrix } of purchases.batches()) {
      const customers = Array.from({ length: matrix.rows }, (_, row) => idText(ids, row));
      const { first, second } = rowHashes(matrix, ofItems);
      const rows = columnTable([
        { name: 'customer', type: 'text', values: customers },
        { name: 'number', type: 'int32', values: first.map((_, row) => from + row) },
        { name: 'first', type: 'int32', values: first },
        { name: 'second', type: 'int32', values: second },
        { name: 'circles', type: 'int32', values: circlesOf(from, from + matrix.rows) },
      ]);
      if (table === '') table = await createTable(database, name, rows);
      await appendTable(database, name, rows);
    }
    return new CustomerRows(database, table, purchases.rows);
  }

  /**
   * @param before the file that {@link write} wrote in the last night
   * @param reached SQL of the links that its recommendations reached
   * @param last the last link of the chain, which all others reached
   * @param memory bytes that what is found may take before it is left on disk
   */
  async compare(before: string, reached: string, last: number, memory: number): Promise<ComparedCustomers> {
    const columns = keptColumns(this.database, comparedTypes, this.customers, memory);
    const [same, sameCircles, link] = Array.from({ length: 3 }, () => new Int32Array(customersAtATime));
    const made = new Float32Array(customersAtATime);
    const some = { same, sameCircles, made, link };
    const sql = `SELECT CAST(coalesce(b.first = n.first AND b.second = n.second, false) AS INTEGER),
         CAST(coalesce(b.circles = n.circles, false) AS INTEGER), CAST(coalesce(b.made, 0) AS FLOAT),
         CAST(coalesce(r.link, ${last}) AS INTEGER)
       FROM ${this.table} AS n LEFT JOIN read_parquet(${literal(plainPath(before))}) AS b USING (customer)
       LEFT JOIN (${reached}) AS r USING (customer) ORDER BY n.number`;
    let from = 0;
    try {
      for await (const filled of filledColumns(this.database, sql, Object.values(some))) {
        await columns.same.write(from, same.subarray(0, filled));
        await columns.sameCircles.write(from, sameCircles.subarray(0, filled));
        await columns.made.write(from, made.subarray(0, filled));
        await columns.link.write(from, link.subarray(0, filled));
        from += filled;
      }
    } finally {
      await closeColumns(columns);
    }
    return columns;
  }

  /**
   * Writes the table for the next night.
   *
   * @param made how far recommenders had moved since the last full night when recommendations were made; 0 unless told
   */
  async write(path: string, made?: CustomerColumn<Float32Array>): Promise<void> {
    const name = this.database.newTable('made');
    let table = '';
    try {
      for (const { from, to } of ranges(this.customers)) {
        const values = columnTable([
          {
            name: 'number',
            type: 'int32',
            values: Int32Array.from({ length: to - from }, (_, i) => from + i),
          },
          { name: 'made', type: 'float32', values: made?.part(from, to) ?? new Float32Array(to - from) },
        ]);
        if (table === '') table = await createTable(this.database, name, values);
        await appendTable(this.database, name, values);
      }
      const rows = `SELECT customer, first, second, circles, made FROM ${this.table} JOIN ${table} USING (number) ORDER BY number`;
      await replaceFile(path, async temporary => {
        await this.database.run(`COPY (${rows}) TO ${literal(temporary)} (${copyOptions.parquet})`);
      });
    } finally {
      if (table !== '') await this.database.run(`DROP TABLE ${table}`);
    }
  }

  async close(): Promise<void> {
    await this.database.run(`DROP TABLE IF EXISTS ${this.table}`);
  }
}
