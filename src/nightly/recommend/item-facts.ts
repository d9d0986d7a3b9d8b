import type { Vector } from 'apache-arrow';
import { appendTable, createTable } from '../../data/append-table.js';
import { originalNames, tableColumns, unknownColumn } from '../../data/columns.js';
import { columnTable, type Database, idColumn, identifier, literal } from '../../data/index.js';
import { nonFinite } from '../../data/non-finite.js';
import { askedInSql } from '../../data/user-sql.js';
import { DataError } from '../../errors.js';

/** A sum that is exact, and hence the same whatever the order of the rows. */
const exact = (column: string) => `CAST(sum(CAST(${column} AS DECIMAL(38, 10))) AS DOUBLE)`;

/** What transactions tell of an item, each as far as they have the columns it needs. */
const told: [name: string, needs: string | undefined, sql: string][] = [
  ['customers', undefined, 'coalesce(first(kindred_buyers), 0)'],
  ['sold', 'quantity', exact('quantity')],
  ['sold', undefined, 'count(*)'],
  ['revenue', 'amount', exact('amount')],
  ['price', 'price', `${exact('price')} / count(price)`],
  ['firstSold', 'time', 'min(time)'],
  ['lastSold', 'time', 'max(time)'],
];

/** The items of a catalogue with all that the sources tell of them, to ask in SQL. */
export class ItemFacts {
  private constructor(
    readonly database: Database,
    readonly table: string,
    /** Columns that may be asked for. */
    readonly names: readonly string[],
    readonly items: number,
  ) {}

  /**
   * @param items ids of the catalogue, in its order
   * @throws DataError where transactions have figures that are not finite, or too great to be summed exactly
   */
  static async open(database: Database, items: Vector): Promise<ItemFacts> {
    const name = database.newTable('catalogue');
    const codes = Int32Array.from({ length: items.length }, (_, code) => code);
    const ids = columnTable([
      idColumn('item', items),
      { name: 'kindred_code', type: 'int32', values: codes },
    ]);
    const dictionary = await createTable(database, `${name}_ids`, ids);
    await appendTable(database, `${name}_ids`, ids);
    const described = (await tableColumns(database, 'items')).map(column => column.name);
    const known = described.includes('item') ? described : [];
    const sales = (await tableColumns(database, 'transactions')).map(column => column.name);
    const taken = new Set(known.map(column => column.toLowerCase()));
    const figures: string[] = [];
    for (const [figure, needs, sql] of told) {
      if (taken.has(figure.toLowerCase()) || (needs !== undefined && !sales.includes(needs))) continue;
      taken.add(figure.toLowerCase());
      if (needs !== undefined && needs !== 'time') {
        const where = 'item IS NOT NULL';
        const problem = await nonFinite(database, 'transactions', needs, { need: 'summable', where });
        if (problem) throw problem;
      }
      figures.push(`${sql} AS ${identifier(figure)}`);
    }
    const table = `kindred.${identifier(name)}`;
    const buyers = `kindred.${identifier(`${name}_buyers`)}`;
    // In two steps, which can be done on disk: customers are many, and to count different ones takes memory for each.
    await database.run(
      `CREATE TABLE ${buyers} AS SELECT item, count(*) AS kindred_buyers FROM (
         SELECT item, customer FROM transactions WHERE item IS NOT NULL AND customer IS NOT NULL GROUP BY item, customer
       ) GROUP BY item`,
    );
    const same = (other: string) => `CAST(${other}.item AS VARCHAR) = CAST(d.item AS VARCHAR)`;
    const joins = [
      known.length > 0 ? `LEFT JOIN items AS i ON ${same('i')}` : '',
      `LEFT JOIN (
         SELECT ${['item', ...figures].join(', ')} FROM transactions LEFT JOIN ${buyers} USING (item)
         WHERE item IS NOT NULL GROUP BY item
       ) AS t ON ${same('t')}`,
    ];
    const columns = ['d.*', ...(known.length > 1 ? ['i.* EXCLUDE (item)'] : []), 't.* EXCLUDE (item)'];
    await database.run(
      `CREATE TABLE ${table} AS SELECT ${columns.join(', ')} FROM ${dictionary} AS d ${joins.join(' ')}`,
    );
    for (const done of [dictionary, buyers]) await database.run(`DROP TABLE ${done}`);
    const asked = [
      'item',
      ...known.filter(column => column !== 'item'),
      ...figures.map(sql => sql.split('"')[1]),
    ];
    return new ItemFacts(database, table, asked, items.length);
  }

  /** How the column is really written. @throws DataError where there is none of that name */
  column(name: string, key: string): string {
    const found = this.names.find(known => known.toLowerCase() === name.toLowerCase());
    if (found !== undefined) return found;
    throw unknownColumn(name, this.names, { key, original: originalNames(this.database, 'items') });
  }

  has(name: string): boolean {
    return this.names.includes(name);
  }

  /** `[items]`, the value of SQL from the key of the configuration; NaN where it is missing. */
  async numbers(sql: string, key: string): Promise<Float64Array> {
    const rows = await this.#ask<number>(`CAST((${sql}) AS DOUBLE)`, key, sql);
    return Float64Array.from(rows, value => value ?? Number.NaN);
  }

  /** `[items]`, the values of a column as text. */
  async texts(name: string, key: string): Promise<(string | undefined)[]> {
    const column = identifier(this.column(name, key));
    const rows = await this.#ask<string>(`trim(CAST(${column} AS VARCHAR))`, key);
    return rows.map(value => value || undefined);
  }

  /** Numbers of the items for which the SQL is true. */
  async where(sql: string, key: string): Promise<number[]> {
    const rows = await this.#ask<boolean>(`coalesce(CAST((${sql}) AS BOOLEAN), false)`, key, sql);
    return rows.flatMap((isTrue, item) => (isTrue ? [item] : []));
  }

  /** `[items]`, days from the dates of a column to the snapshot, 0 for later ones and where there is none. */
  async ages(name: string, snapshot: string, key: string): Promise<Float64Array> {
    const column = identifier(this.column(name, key));
    const moment = `CAST(${literal(snapshot)} AS TIMESTAMP)`;
    const sql = `greatest(0, epoch(${moment}) - epoch(CAST(${column} AS TIMESTAMP))) / 86400`;
    const ages = await this.numbers(sql, key);
    if (ages.every(Number.isNaN)) {
      throw new DataError({ key, expected: `dates in the column ${name}`, found: 'none' });
    }
    return ages.map(age => (Number.isNaN(age) ? 0 : age));
  }

  async close(): Promise<void> {
    await this.database.run(`DROP TABLE IF EXISTS ${this.table}`);
  }

  async #ask<Value>(select: string, key: string, sql?: string): Promise<(Value | null)[]> {
    const query = `SELECT ${select} AS value FROM ${this.table} ORDER BY kindred_code`;
    const rows = await askedInSql(() => this.database.rows<{ value: Value | null }>(query), {
      key,
      names: this.names,
      sql,
      original: originalNames(this.database, 'items'),
    });
    return rows.map(({ value }) => value);
  }
}
