import type { DuckDBTimestampValue } from '@duckdb/node-api';
import type { Column, ColumnTable } from './column-table.js';
import type { Database } from './database.js';
import { duckdb } from './duckdb.js';
import { identifier } from './sql.js';

const types = {
  text: 'VARCHAR',
  dictionary: 'VARCHAR',
  float64: 'DOUBLE',
  float32: 'FLOAT',
  int32: 'INTEGER',
  int64: 'BIGINT',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP',
} as const satisfies Record<Column['type'], string>;

/** Rows of one data chunk: the size of DuckDB's vectors. */
const chunkRows = 2048;

type Getter = (row: number) => string | number | bigint | boolean | DuckDBTimestampValue | null;

function getter(column: Column): Getter {
  const { DuckDBTimestampValue } = duckdb();
  if (column.type === 'text') return row => column.values[row];
  if (column.type === 'dictionary')
    return row => (column.codes[row] < 0 ? null : column.dictionary[column.codes[row]]);
  const { valid } = column;
  const read: Getter =
    column.type === 'timestamp'
      ? row => new DuckDBTimestampValue(column.values[row])
      : column.type === 'boolean'
        ? row => column.values[row] !== 0
        : row => column.values[row];
  return valid ? row => (valid[row] ? read(row) : null) : read;
}

/** Makes an empty table for tables like this one; gives its name with the schema, ready for SQL. */
export async function createTable(db: Database, name: string, table: ColumnTable): Promise<string> {
  const columns = table.columns.map(column => `${identifier(column.name)} ${types[column.type]}`);
  await db.run(`CREATE TABLE kindred.${identifier(name)} (${columns.join(', ')})`);
  return `kindred.${identifier(name)}`;
}

/** Appends the rows of `table` to a table made by `createTable`, column by column: no row objects on the way. */
export async function appendTable(db: Database, name: string, table: ColumnTable): Promise<void> {
  const getters = table.columns.map(getter);
  const engine = duckdb();
  const columnTypes = table.columns.map(column => engine[types[column.type]]);
  await db.append(name, append => {
    const chunk = engine.DuckDBDataChunk.create(columnTypes);
    for (let start = 0; start < table.rows; start += chunkRows) {
      const rows = Math.min(chunkRows, table.rows - start);
      chunk.reset();
      chunk.rowCount = rows;
      for (let index = 0; index < getters.length; index++) {
        const get = getters[index];
        const vector = chunk.getColumnVector(index);
        for (let row = 0; row < rows; row++) vector.setItem(row, get(start + row));
        vector.flush();
      }
      append(chunk);
    }
  });
}
