import { copyOptions } from './copy-options.js';
import { Database } from './database.js';
import { plainPath } from './files.js';
import { readArrow } from './read-table.js';
import { replaceFile } from './replace-file.js';
import { literal, literals } from './sql.js';
import { type OutputFormat, TableWriter } from './write-table.js';

/** The format of the parts of a table that is to be of this format. */
export function partFormat(format: OutputFormat): 'parquet' | 'arrow' {
  return format === 'arrow' ? 'arrow' : 'parquet';
}

/**
 * Makes one file of the parts of a table, row after row in their order. The same parts give the same bytes, whatever the number of
 * threads; row groups of Parquet and record batches of Arrow depend on where parts end.
 *
 * @throws UsageError when the folder cannot be written or the disk is full; nothing is left behind
 */
export async function mergeParts(
  parts: readonly string[],
  path: string,
  format: OutputFormat,
  memory: string | number = '1GB',
): Promise<void> {
  if (format === 'arrow') {
    const writer = await TableWriter.open(path, format);
    for (const part of parts) await writer.write(await readArrow(part));
    return writer.close();
  }
  const db = await Database.open({ memory });
  try {
    const rows = `SELECT * FROM read_parquet(${literals(parts.map(plainPath))})`;
    await replaceFile(path, async temporary => {
      await db.run(`COPY (${rows}) TO ${literal(temporary)} (${copyOptions[format]})`);
    });
  } finally {
    await db.close();
  }
}
