import type { DuckDBConnection } from '@duckdb/node-api';
import type { Catalogue } from './catalogue.js';
import { THEMES } from './words.js';

/** Makes the table `items` of the catalogue. */
export async function stageItems(
  connection: DuckDBConnection,
  { items, companion }: Catalogue,
): Promise<void> {
  await connection.run(`CREATE TABLE items (item INTEGER, name VARCHAR, category VARCHAR, theme VARCHAR, colour VARCHAR,
    material VARCHAR, price INTEGER, day INTEGER, companion INTEGER)`);
  const appender = await connection.createAppender('items');
  items.forEach(({ name, theme, colour, material, price, added }, index) => {
    appender.appendInteger(index);
    for (const text of [name, THEMES[theme]!.category, THEMES[theme]!.name, colour, material]) {
      appender.appendVarchar(text);
    }
    appender.appendInteger(price);
    appender.appendInteger(added);
    appender.appendInteger(companion[index]!);
    appender.endRow();
  });
  appender.closeSync();
}
