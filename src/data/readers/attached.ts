import { DataError, UsageError } from '../../errors.js';
import { type Database, firstLine } from '../database.js';
import { nearest } from '../nearest.js';
import type { Source, SourceFormat } from '../source.js';
import { identifier, literal } from '../sql.js';
import { withoutPassword } from '../without-password.js';

const extensions: Partial<Record<SourceFormat, string>> = {
  sqlite: 'sqlite',
  postgres: 'postgres',
  mysql: 'mysql',
};

async function loadExtension(db: Database, extension: string): Promise<void> {
  try {
    await db.run(`INSTALL ${extension}`);
    await db.run(`LOAD ${extension}`);
  } catch (cause) {
    throw new DataError({
      expected: `DuckDB's ${extension} extension, which it downloads at first use`,
      found: 'that it could not be downloaded',
      hint: 'Allow access to extensions.duckdb.org once, or export the table as Parquet or CSV.',
      cause,
    });
  }
}

interface Found {
  schema: string;
  table: string;
}

async function chosenTable(db: Database, alias: string, source: Source, place: string): Promise<Found> {
  const tables = await db.rows<Found>(
    `SELECT table_schema AS schema, table_name AS "table" FROM information_schema.tables
     WHERE table_catalog = ${literal(alias)} ORDER BY ALL`,
  );
  const full = ({ schema, table }: Found) => `${schema}.${table}`;
  const wanted = source.table;
  if (wanted === undefined && tables.length === 1) return tables[0];
  const found = tables.find(each => each.table === wanted || full(each) === wanted);
  if (found) return found;
  const names = tables.map(({ table }) => table);
  const meant = wanted && nearest(wanted, names);
  throw new DataError({
    expected: wanted === undefined ? 'one table, or its name under `table`' : `a table "${wanted}"`,
    found: names.length > 0 ? `the tables ${names.join(', ')}` : 'no tables',
    file: place,
    hint: meant ? `Did you mean "${meant}"?` : 'Name one of them under `table`.',
  });
}

/** Lets `use` read one table of another database, which is opened read-only and closed again. */
export async function copyAttached(
  db: Database,
  format: SourceFormat,
  address: string,
  source: Source,
  use: (from: string) => Promise<void>,
): Promise<void> {
  const shown = withoutPassword(address);
  const extension = extensions[format];
  if (extension) await loadExtension(db, extension);
  const alias = db.newTable('attached');
  const type = extension ? `TYPE ${extension}, ` : '';
  try {
    await db.run(`ATTACH ${literal(address)} AS ${identifier(alias)} (${type}READ_ONLY)`);
  } catch (cause) {
    throw new (extension ? UsageError : DataError)({
      expected: `a database of ${format}`,
      found: firstLine(cause)
        .replaceAll(address, shown)
        .replace(/^The file "[^"]*" exists, but it is /, '')
        .replace(/[.!]+$/, ''),
      file: shown,
      hint: extension ? 'Check its address.' : 'Check the file, and that it was made by DuckDB 1.5 or older.',
      cause,
    });
  }
  try {
    const { schema, table } = await chosenTable(db, alias, source, shown);
    await use(`${identifier(alias)}.${identifier(schema)}.${identifier(table)}`);
  } finally {
    await db.run(`DETACH ${identifier(alias)}`);
  }
}
