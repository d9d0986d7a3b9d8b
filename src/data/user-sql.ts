import { UsageError } from '../errors.js';
import { unknownColumn } from './columns.js';
import { firstLine } from './database.js';

interface Asked {
  /** Key of the configuration that holds the SQL. */
  key: string;
  /** Columns that the SQL may name. */
  names: readonly string[];
  sql?: string;
  /** What a column is called in the file, see `originalNames`. */
  original?: (name: string) => string;
}

/**
 * Runs SQL that comes from the configuration.
 *
 * @throws DataError for a column that does not exist, UsageError for any other error in that SQL
 */
export async function askedInSql<T>(run: () => Promise<T>, { key, names, sql, original }: Asked): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (
      !(error instanceof Error) ||
      !/^(Binder|Parser|Catalog|Conversion|Invalid Input|Out of Range) Error/.test(error.message)
    )
      throw error;
    const unknown = /Referenced column "([^"]+)" not found/.exec(error.message);
    if (unknown) throw unknownColumn(unknown[1], names, { key, original });
    throw new UsageError({
      expected: 'SQL that DuckDB can run',
      found: firstLine(error),
      key,
      hint: sql && `It reads: ${sql}`,
      cause: error,
    });
  }
}
