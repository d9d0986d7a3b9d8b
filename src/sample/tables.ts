import { OPENING } from './calendar.js';
import { CHANNELS, COUNTRIES, SEGMENTS, TASTES } from './segments.js';
import { EVENTS, GENDERS, type Sinks } from './shopper.js';
import { COMMENTS } from './words.js';

/** How a staged table of whole numbers becomes a readable one. */
export interface StagedTable {
  columns: string[];
  /** Columns of the written table, an SQL select list over the staged columns. */
  select: string;
  /** What the rows are sorted by; without it they stay in the order of the customers. */
  order?: string;
}

/** An SQL text. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** SQL for the word that a number stands for; a negative number is a missing value. */
function word(words: string[], column: string): string {
  return `[${words.map(quote).join(', ')}][CASE WHEN ${column} >= 0 THEN ${column} + 1 END]`;
}

/** SQL for an id such as K00042: a letter and at least five digits, so that text order is number order. */
function code(letter: string, column: string, count: number): string {
  const digits = Math.max(5, String(count).length);
  return `CASE WHEN ${column} >= 0 THEN ${quote(letter)} || lpad((${column} + 1)::VARCHAR, ${digits}, '0') END`;
}

const instant = (column: string) => `TIMESTAMP '${OPENING}' + to_minutes(${column})`;

/** The staged tables of a shop of that many customers and items. */
export function stagedTables(customers: number, items: number): Record<keyof Sinks, StagedTable> {
  const customer = code('K', 'customer', customers);
  const sku = code('H', 'item', items);
  return {
    customers: {
      columns: ['customer', 'gender', 'age', 'country', 'channel', 'day', 'newsletter'],
      select: `${customer} AS customer_id, ${word(GENDERS, 'gender')} AS gender, CASE WHEN age >= 0 THEN age END AS age,
        ${word(COUNTRIES, 'country')} AS country, ${word(CHANNELS, 'channel')} AS channel,
        DATE '${OPENING}' + day AS signed_up, ${word(['no', 'yes'], 'newsletter')} AS newsletter`,
    },
    transactions: {
      columns: ['basket', 'minute', 'customer', 'item', 'quantity', 'price', 'discount', 'cancelled'],
      select: `CASE WHEN cancelled = 1 THEN 'C' ELSE '' END || (100001 + basket) AS order_id,
        ${instant('minute')} AS ordered_at, ${customer} AS customer_id, ${sku} AS sku, quantity,
        (price / 100)::DECIMAL(10, 2) AS unit_price, (discount / 100)::DECIMAL(3, 2) AS discount`,
      order: 'minute, basket, item',
    },
    browsing: {
      columns: ['customer', 'minute', 'item', 'event'],
      select: `${customer} AS customer_id, ${instant('minute')} AS seen_at, ${sku} AS sku, ${word(EVENTS, 'event')} AS event`,
      order: 'minute, customer, item, event',
    },
    feedback: {
      columns: ['customer', 'item', 'minute', 'rating', 'comment'],
      select: `${customer} AS customer_id, ${sku} AS sku, CAST(${instant('minute')} AS DATE) AS rated_on, rating,
        ${word(COMMENTS.flat(), 'comment')} AS comment`,
      order: 'minute, customer, item, rating',
    },
    truth: {
      columns: ['customer', 'segment', 'taste'],
      select: `${customer} AS customer_id, ${word(
        SEGMENTS.map(segment => segment.name),
        'segment',
      )} AS segment,
        ${word(
          TASTES.map(taste => taste.name),
          'taste',
        )} AS taste`,
    },
  };
}

/** For each file the SQL of what is in it, from the staged tables and the table `items`. */
export function selects(tables: Record<keyof Sinks, StagedTable>, items: number): Record<string, string> {
  const sku = (column: string) => code('H', column, items);
  const staged = Object.entries(tables).map(([name, { select, order }]) => [
    name,
    `SELECT ${select} FROM ${order ? `(FROM ${name} ORDER BY ${order})` : name}`,
  ]);
  return {
    ...Object.fromEntries(staged),
    items: `SELECT ${sku('item')} AS sku, name, category, theme, colour, material, (price / 100)::DECIMAL(10, 2) AS price,
      DATE '${OPENING}' + day AS added FROM items`,
    'truth-items': `SELECT ${sku('item')} AS sku, ${sku('companion')} AS companion FROM items`,
  };
}
