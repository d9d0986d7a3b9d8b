import { originalNames, tableColumns, unknownColumn } from './columns.js';
import type { Database } from './database.js';
import { unifyIds } from './integrity.js';
import { type KeptColumn, keptColumns } from './kept-column.js';
import { population } from './population.js';
import { identifier } from './sql.js';

/** By what customers are put into groups: a column, or the period of their first purchase. */
export type Grouping = string | { firstPurchase: 'year' | 'quarter' | 'month' };

export interface CustomerGroups {
  /** `[customers]`, in the order of `FeatureMatrix.ids`; -1 where it is not known. */
  codes: KeptColumn<'int32'>;
  names: string[];
}

const periods = {
  year: "strftime(min(time), '%Y')",
  quarter: "strftime(min(time), '%Y') || '-Q' || quarter(min(time))",
  month: "strftime(min(time), '%Y-%m')",
} as const;

/** SQL that gives the `label` of the group of each customer `id`. */
async function groupSql(db: Database, by: Grouping, key?: string): Promise<string> {
  if (typeof by !== 'string') {
    return `SELECT customer AS id, ${periods[by.firstPurchase]} AS label FROM transactions
      WHERE customer IS NOT NULL AND time IS NOT NULL GROUP BY customer`;
  }
  const known: string[] = [];
  for (const table of ['customers', 'transactions']) {
    const names = (await tableColumns(db, table)).map(({ name }) => name);
    known.push(...names);
    const column = names.find(name => name.toLowerCase() === by.toLowerCase());
    // Who buys in two countries is of the one they bought in more often. The inner names are those of no column.
    if (column !== undefined)
      return `SELECT id, label FROM (
          SELECT customer AS id, CAST(${identifier(column)} AS VARCHAR) AS label, count(*) AS times FROM ${table}
          WHERE customer IS NOT NULL AND ${identifier(column)} IS NOT NULL
          GROUP BY customer, ${identifier(column)}
        ) QUALIFY row_number() OVER (PARTITION BY id ORDER BY times DESC, label) = 1`;
  }
  const [ofCustomers, ofTransactions] = [originalNames(db, 'customers'), originalNames(db, 'transactions')];
  const original = (name: string) => {
    const own = ofCustomers(name);
    return own === name ? ofTransactions(name) : own;
  };
  throw unknownColumn(by, [...new Set(known)], { key, original });
}

/**
 * Reads which group each customer is in: by a column of the customers, or the most frequent value of one of the transactions.
 *
 * @param memory bytes that their numbers may take before they are left on disk
 * @param key the key of the configuration that asks for them
 * @throws DataError where neither has such a column
 */
export async function readCustomerGroups(
  db: Database,
  by: Grouping,
  memory: number,
  key?: string,
): Promise<CustomerGroups> {
  await unifyIds(db);
  const table = `kindred.${identifier(db.newTable('groups'))}`;
  await db.run(
    `CREATE TABLE ${table} AS SELECT p.id, g.label FROM (${await population(db)}) AS p
     LEFT JOIN (${await groupSql(db, by, key)}) AS g ON g.id = p.id`,
  );
  try {
    const labels = await db.rows<{ name: string }>(
      `SELECT DISTINCT label AS name FROM ${table} WHERE label IS NOT NULL`,
    );
    const names = labels.map(({ name }) => name).sort();
    const places = new Map(names.map((name, place) => [name, place]));
    const { customers } = await db.row<{ customers: number }>(`SELECT count(*) AS customers FROM ${table}`);
    const { codes } = keptColumns(db, { codes: 'int32' }, customers, memory);
    try {
      let from = 0;
      for await (const chunk of db.stream(`SELECT label FROM ${table} ORDER BY id`)) {
        const labelOf = chunk.getColumnVector(0);
        const some = new Int32Array(chunk.rowCount);
        for (let row = 0; row < some.length; row++)
          some[row] = places.get(labelOf.getItem(row) as string) ?? -1;
        await codes.write(from, some);
        from += some.length;
      }
    } finally {
      await codes.close();
    }
    return { codes, names };
  } finally {
    await db.run(`DROP TABLE ${table}`);
  }
}
