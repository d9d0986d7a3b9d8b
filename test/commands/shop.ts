import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyFolder } from './kindred.js';

/** Twelve customers in three groups that nobody could mistake, and what they bought. */
const groups = [
  { income: 20, score: 80, orders: 1, items: ['tea', 'cup'] },
  { income: 50, score: 50, orders: 2, items: ['tea', 'pot', 'cup'] },
  { income: 90, score: 10, orders: 4, items: ['lamp', 'bulb'] },
];

export const customersCsv = [
  'id,income,score',
  ...groups.flatMap(({ income, score }, g) => [0, 1, 2, 3].map(i => `c${g}${i},${income + i},${score - i}`)),
  '',
].join('\n');

export const ordersCsv = [
  'client,order,sku,when,pieces,each',
  ...groups.flatMap(({ orders, items }, g) =>
    [0, 1, 2, 3].flatMap(i =>
      Array.from({ length: orders }, (_, order) =>
        items.map(
          (item, place) =>
            `c${g}${i},${g}${i}${order},${item},2024-0${order + 1}-1${i} 12:00,1,${place + 2}.50`,
        ),
      ).flat(),
    ),
  ),
  '',
].join('\n');

export const shopYaml = `
name: Tiny shop
snapshot: 2024-06-01
output: { folder: out, format: csv }
sources:
  customers: { path: customers.csv, columns: { customer: id } }
  transactions:
    path: orders.csv
    columns: { customer: client, basket: order, item: sku, time: when, quantity: pieces, price: each }
features: [recency, frequency, monetary, { name: income, column: income }]
segments: { k: 3 }
recommendations: { count: 2 }
`;

/** Writes files into a folder of their own, which is gone when the test is over. */
export function folderWith(files: Record<string, string | Uint8Array>): string {
  const folder = emptyFolder();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

/** A folder with the whole shop, some files of it replaced. */
export function tinyShop(others: Record<string, string | Uint8Array> = {}): string {
  return folderWith({
    'customers.csv': customersCsv,
    'orders.csv': ordersCsv,
    'kindred.yaml': shopYaml,
    ...others,
  });
}

export const orderColumns = [
  ...['--customer', 'client', '--basket', 'order', '--item', 'sku'],
  ...['--time', 'when', '--quantity', 'pieces', '--price', 'each'],
];

function fields(line: string): string[] {
  const found = line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return Array.from(found, ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain);
}

/** The rows of a CSV file as objects. */
export function rowsOf(csv: string): Record<string, string>[] {
  const [names, ...rows] = csv.trimEnd().split('\n').map(fields);
  return rows.map(row => Object.fromEntries(row.map((field, i) => [names[i], field])));
}
