import { createHash } from 'node:crypto';
import { appendTable, createTable } from '../../data/append-table.js';
import { readNumbers } from '../../data/chunk-reader.js';
import { copyOptions } from '../../data/copy-options.js';
import { plainPath } from '../../data/files.js';
import { columnTable, type Database, idText, replaceFile } from '../../data/index.js';
import { literal } from '../../data/sql.js';
import { rowHashes } from '../../recommend/row-hashes.js';
import type { Circles } from '../recommend/shop.js';
import { textHash } from '../recommend/text-hash.js';
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

/** A hash of the names of the circles of each customer. */
function circleHashes(circles: KnownOfCustomers['circles'], customers: number): Int32Array {
  const hashes = new Int32Array(customers);
  for (const [part, { codes, names }] of circles) {
    const ofNames = names.map(name => hashOf([part, name])[0]);
    codes.forEach((code, customer) => {
      hashes[customer] = Math.imul(hashes[customer] ^ (ofNames[code] ?? 0), 0x01000193);
    });
  }
  return hashes;
}

/** Today's customers beside the last night's, by today's numbers. */
export interface ComparedCustomers {
  /** 1 where purchases, and the names of what was bought, are the same. */
  same: Uint8Array;
  /** 1 where the circles are. */
  sameCircles: Uint8Array;
  /** How far recommenders had moved since the last full night when these recommendations were made. */
  made: Float32Array;
  /** The last link of the chain that has a say, see `reachedSql`. */
  link: Int32Array;
}

/** A table of today's customers with hashes of what decides what they are recommended, to compare with the next night's. */
export class CustomerRows {
  private constructor(
    readonly database: Database,
    readonly table: string,
    readonly customers: number,
    /** `[2 · customers]`, two hashes of each customer's id. */
    readonly hashes: Int32Array,
  ) {}

  static async of(database: Database, known: KnownOfCustomers): Promise<CustomerRows> {
    const { purchases } = known;
    const ofItems = itemHashes(known);
    const circles = circleHashes(known.circles, purchases.rows);
    const name = database.newTable('rows');
    let table = '';
    const hashes = new Int32Array(2 * purchases.rows);
    for await (const { from, ids, matrix } of purchases.batches()) {
      const customers = Array.from({ length: matrix.rows }, (_, row) => idText(ids, row));
      customers.forEach((id, row) => {
        hashes[2 * (from + row)] = textHash(id, 0);
        hashes[2 * (from + row) + 1] = textHash(id, 1);
      });
      const { first, second } = rowHashes(matrix, ofItems);
      const rows = columnTable([
        { name: 'customer', type: 'text', values: customers },
        { name: 'number', type: 'int32', values: first.map((_, row) => from + row) },
        { name: 'first', type: 'int32', values: first },
        { name: 'second', type: 'int32', values: second },
        { name: 'circles', type: 'int32', values: circles.subarray(from, from + matrix.rows) },
      ]);
      if (table === '') table = await createTable(database, name, rows);
      await appendTable(database, name, rows);
    }
    return new CustomerRows(database, table, purchases.rows, hashes);
  }

  /**
   * @param before the file that {@link write} wrote in the last night
   * @param reached SQL of the links that its recommendations reached
   * @param last the last link of the chain, which all others reached
   */
  async compare(before: string, reached: string, last: number): Promise<ComparedCustomers> {
    const columns = Array.from({ length: 3 }, () => new Int32Array(this.customers));
    const made = new Float32Array(this.customers);
    const [same, sameCircles, link] = columns;
    await readNumbers(
      this.database,
      `SELECT CAST(coalesce(b.first = n.first AND b.second = n.second, false) AS INTEGER),
         CAST(coalesce(b.circles = n.circles, false) AS INTEGER), CAST(coalesce(b.made, 0) AS FLOAT),
         CAST(coalesce(r.link, ${last}) AS INTEGER)
       FROM ${this.table} AS n LEFT JOIN read_parquet(${literal(plainPath(before))}) AS b USING (customer)
       LEFT JOIN (${reached}) AS r USING (customer) ORDER BY n.number`,
      [same, sameCircles, made, link],
    );
    return { same: Uint8Array.from(same), sameCircles: Uint8Array.from(sameCircles), made, link };
  }

  /**
   * Writes the table for the next night.
   *
   * @param made `[customers]`, how far recommenders had moved since the last full night when recommendations were made
   */
  async write(path: string, made: Float32Array): Promise<void> {
    const name = this.database.newTable('made');
    const values = columnTable([
      { name: 'number', type: 'int32', values: Int32Array.from(made, (_, number) => number) },
      { name: 'made', type: 'float32', values: made },
    ]);
    const table = await createTable(this.database, name, values);
    try {
      await appendTable(this.database, name, values);
      const rows = `SELECT customer, first, second, circles, made FROM ${this.table} JOIN ${table} USING (number) ORDER BY number`;
      await replaceFile(path, async temporary => {
        await this.database.run(`COPY (${rows}) TO ${literal(temporary)} (${copyOptions.parquet})`);
      });
    } finally {
      await this.database.run(`DROP TABLE ${table}`);
    }
  }

  async close(): Promise<void> {
    await this.database.run(`DROP TABLE IF EXISTS ${this.table}`);
  }
}
