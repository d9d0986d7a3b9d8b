import { createRequire } from 'node:module';
import { UsageError } from '../errors.js';

type DuckDb = typeof import('@duckdb/node-api');

const require = createRequire(import.meta.url);

/**
 * DuckDB, loaded when it is first needed: its binaries are optional packages of npm's, and what computes on tensors
 * alone does without them.
 *
 * @throws UsageError where there is no binary for this machine
 */
export function duckdb(): DuckDb {
  try {
    return require('@duckdb/node-api') as DuckDb;
  } catch (cause) {
    throw new UsageError({
      expected: `DuckDB's binary for ${process.platform}-${process.arch}`,
      found: 'that it was not installed',
      hint: 'Install again without --omit=optional, which leaves it out.',
      cause,
    });
  }
}
