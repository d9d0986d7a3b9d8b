import { DataError } from '../../errors.js';
import { type Database, firstLine } from '../database.js';
import { decimalCommaHint, isDecimalComma } from '../decimal-comma.js';
import type { TextScan } from '../opened-source.js';
import { wrongEncoding } from './text-head.js';

interface Reject {
  line: number;
  column: string;
  kind: string;
  message: string;
  file: string;
  text: string;
}

const words: Record<string, string> = {
  DOUBLE: 'a number',
  DECIMAL: 'a finite number',
  BIGINT: 'a whole number',
  BOOLEAN: 'true or false',
  DATE: 'a date',
  TIMESTAMP: 'a date and time',
};

function cast({ file, line, column, message }: Reject, hint?: string): DataError {
  const [, value, type] = /Could not convert string "([\s\S]*)" to '?(\w+)/.exec(message) ?? [];
  const isTooLarge = type === 'DECIMAL' && Number.isFinite(Number(value));
  const expected = isTooLarge
    ? 'a number below 1e18'
    : (words[type ?? ''] ?? (/date|timestamp/i.test(message) ? 'a date and time' : 'another type'));
  const shown = value === undefined ? message : JSON.stringify(value);
  const blank = value !== undefined && value.trim() === '';
  return new DataError({
    expected,
    found: type === 'DECIMAL' ? shown : `the text ${shown}`,
    file,
    line,
    column,
    hint:
      hint ??
      (type === 'DOUBLE' && isDecimalComma(value)
        ? decimalCommaHint
        : type === 'DECIMAL'
          ? 'Mend the file, or drop such rows with a filter step such as `keep: abs(price) < 1e6`.'
          : `Mend the file, or declare \`nulls: [${blank ? JSON.stringify(value) : (shown ?? '…')}]\` if it stands for a missing value.`),
  });
}

function problem(reject: Reject, scan: TextScan, hint?: string): DataError {
  const { file, line, kind, message } = reject;
  if (kind === 'CAST') return cast(reject, hint);
  if (kind === 'INVALID ENCODING') return wrongEncoding(file, 'utf-8', line);
  const count = /Expected Number of Columns: (\d+) Found: (\d+)/i.exec(message);
  if (kind === 'MISSING COLUMNS' || kind === 'TOO MANY COLUMNS')
    return new DataError({
      expected: `${count?.[1] ?? scan.names.length} fields`,
      found: count?.[2] ?? (kind === 'MISSING COLUMNS' ? 'fewer' : 'more'),
      file,
      line,
      hint: 'Check the `delimiter`, and that fields with a delimiter inside are quoted.',
    });
  if (kind === 'UNQUOTED VALUE')
    return new DataError({
      expected: 'a quoted field that is closed',
      found: 'a quote that is not',
      file,
      line,
      hint: "Mend the line, or declare `quote: ''` if quotes are part of the text.",
    });
  return new DataError({ expected: 'text in fields', found: message.split('\n', 1)[0], file, line });
}

/**
 * Reads text files once more to find the first line that cannot be read with these types, and gives the error that
 * names it.
 *
 * @param hint how to mend a value of the wrong type, where there is a better way than the usual ones
 */
export async function textProblem(
  db: Database,
  scan: TextScan,
  types: Record<string, string>,
  hint?: string,
): Promise<DataError | undefined> {
  const settings = 'store_rejects = true, rejects_limit = 1';
  try {
    // With one thread the first reject is the one nearest to the top of the file.
    await db.inOrder(() => db.rows(`SELECT count(COLUMNS(*)) FROM (${scan.sql(types, settings)})`));
  } catch (cause) {
    const [, line] = /CSV Error on Line: (\d+)/.exec(String(cause)) ?? [];
    return new DataError({
      expected: 'a text file with fields',
      found: firstLine(cause),
      line: line ? Number(line) : undefined,
      cause,
    });
  }
  const [reject] = await db.rows<Reject>(
    `SELECT line::BIGINT AS line, column_name AS column, error_type::VARCHAR AS kind, error_message AS message,
       file_path AS file, csv_line AS text
     FROM reject_errors JOIN reject_scans USING (scan_id, file_id)
     WHERE scan_id = (SELECT max(scan_id) FROM reject_scans) ORDER BY line LIMIT 1`,
  );
  return reject && problem({ ...reject, file: scan.original(reject.file) }, scan, hint);
}
