import { readFileSync } from 'node:fs';
import { Database, loadSources, sourceSchema } from '../../src/data/index.js';
import type { Events } from '../../src/evaluate/index.js';

/** Ratings of MovieLens 100K with their times; user and item `n` is number `n - 1`. */
export function movieLensEvents(path: string): Events & { time: Float64Array; value: Float32Array } {
  const rows = readFileSync(path, 'ascii')
    .trim()
    .split('\n')
    .map(line => line.split('\t').map(Number));
  return {
    customers: 943,
    items: 1682,
    customer: Int32Array.from(rows, ([user]) => user - 1),
    item: Int32Array.from(rows, ([, item]) => item - 1),
    value: Float32Array.from(rows, ([, , rating]) => rating),
    time: Float64Array.from(rows, ([, , , time]) => time),
  };
}

/** Titles and genres of the films of MovieLens 100K. */
export function movieLensFilms(path: string): { titles: string[]; genres: string[][] } {
  const rows = readFileSync(path, 'latin1')
    .trim()
    .split('\n')
    .map(line => line.split('|'));
  return {
    titles: rows.map(row => row[1]),
    genres: rows.map(row => row.slice(5).flatMap((flag, genre) => (flag.trim() === '1' ? [`${genre}`] : []))),
  };
}

/** The sales of Online Retail to known customers, with the names of its items. */
export async function onlineRetailEvents(path: string): Promise<{ events: Events; names: string[] }> {
  const db = await Database.open({ memory: '512MB', threads: 2 });
  try {
    const source = sourceSchema.parse({
      path,
      encoding: 'latin-1',
      columns: {
        customer: 'CustomerID',
        item: 'StockCode',
        time: 'InvoiceDate',
        quantity: 'Quantity',
        price: 'UnitPrice',
      },
      types: { InvoiceNo: 'text', StockCode: 'text', InvoiceDate: 'timestamp %m/%d/%Y %H:%M' },
      clean: [
        { missing: { column: 'customer', action: 'drop' } },
        { filter: { keep: "InvoiceNo NOT LIKE 'C%'" } },
        { filter: { keep: 'quantity > 0 AND price > 0' } },
      ],
    });
    await loadSources(db, { sales: source }, '/');
    type Sale = { customer: number; item: number; time: number };
    const sales = await db.rows<Sale>(
      `SELECT dense_rank() OVER (ORDER BY customer) - 1 AS customer, dense_rank() OVER (ORDER BY item) - 1 AS item,
        epoch(time) AS time FROM sales ORDER BY time, customer, item`,
    );
    const names = await db.rows<{ name: string }>(
      'SELECT max(trim(Description)) AS name FROM sales GROUP BY item ORDER BY item',
    );
    const column = (name: keyof Sale) => Int32Array.from(sales, sale => Number(sale[name]));
    const [customer, item] = [column('customer'), column('item')];
    return {
      events: {
        customers: 1 + customer.reduce((most, c) => Math.max(most, c), 0),
        items: names.length,
        customer,
        item,
        time: Float64Array.from(sales, ({ time }) => Number(time)),
      },
      names: names.map(({ name }) => name),
    };
  } finally {
    await db.close();
  }
}
