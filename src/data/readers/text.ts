import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';
import { DataError, UsageError } from '../../errors.js';
import type { Database } from '../database.js';
import { type InputFile, plainPath } from '../files.js';
import type { TextScan } from '../opened-source.js';
import type { encodings, Source } from '../source.js';
import { literal, literals } from '../sql.js';
import { detectDelimiter, fields } from './dialect.js';
import { textHead } from './text-head.js';

interface TextFile {
  path: string;
  names: string[];
  delimiter: string;
  encoding: (typeof encodings)[number];
  isGzip: boolean;
}

/** Names without blanks around them, none empty and none twice (in SQL the case does not tell names apart). */
function distinct(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((given, index) => {
    const base = given.trim() || `column${index + 1}`;
    let name = base;
    for (let copy = 1; taken.has(name.toLowerCase()); copy++) name = `${base}_${copy}`;
    taken.add(name.toLowerCase());
    return name;
  });
}

function hasHeader(source: Source): boolean {
  return source.header ?? source.names === undefined;
}

async function examined(path: string, source: Source, delimiter?: string): Promise<TextFile> {
  const quote = source.quote ?? '"';
  const { lines, encoding, isGzip } = await textHead(path, source.encoding);
  const detected = detectDelimiter(lines.slice(0, -1).length > 0 ? lines.slice(0, -1) : lines, quote);
  const used = delimiter ?? detected;
  const first = fields(lines[0], used, quote);
  if (first.length === 1 && used !== detected && fields(lines[0], detected, quote).length > 1)
    throw new DataError({
      expected: `fields separated by ${JSON.stringify(used)}`,
      found: `${JSON.stringify(detected)} between them`,
      file: path,
      line: 1,
      hint: `Declare \`delimiter: ${JSON.stringify(detected)}\`, or leave it out to have it detected.`,
    });
  if (source.names && source.names.length !== first.length)
    throw new DataError({
      expected: `${source.names.length} fields, as many as there are \`names\``,
      found: String(first.length),
      file: path,
      line: 1,
      hint: 'Give one name for each field.',
    });
  const names = source.names ?? (hasHeader(source) ? first : first.map(() => ''));
  return { path, names: distinct(names), delimiter: used, encoding, isGzip };
}

const bufferEncodings = { 'utf-8': 'utf8', 'latin-1': 'latin1', 'utf-16': 'utf16le' } as const;

/** Copies whitespace-aligned text as tab-separated text in UTF-8, line by line. */
async function withTabs(db: Database, path: string, source: Source): Promise<string> {
  const { encoding, isGzip } = await textHead(path, source.encoding);
  // Files of the same name may lie in different folders.
  const copy = db.scratchFile('aligned');
  async function* tabbed(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
    const decoder = new StringDecoder(bufferEncodings[encoding]);
    const withTab = (line: string) => `${line.trim().replace(/\s+/g, '\t')}\n`;
    let rest = '';
    for await (const chunk of chunks) {
      const text = rest + decoder.write(chunk);
      // A line feed may follow in the next chunk.
      const end = text.endsWith('\r') ? text.length - 1 : text.length;
      const lines = text.slice(0, end).split(/\r\n|\n|\r/);
      rest = (lines.pop() ?? '') + text.slice(end);
      yield lines.map(withTab).join('');
    }
    rest += decoder.end();
    if (rest.trim() !== '') yield withTab(rest);
  }
  const bytes = createReadStream(path);
  if (isGzip) await pipeline(bytes, createGunzip(), tabbed, createWriteStream(copy));
  else await pipeline(bytes, tabbed, createWriteStream(copy));
  return copy;
}

function delimiterOf({ delimiter }: Source): string | undefined {
  if (delimiter === undefined || delimiter === 'whitespace') return delimiter;
  if (delimiter === 'tab' || delimiter === '\\t') return '\t';
  if (delimiter.length === 1) return delimiter;
  throw new UsageError({
    expected: 'one character, tab or whitespace as delimiter',
    found: JSON.stringify(delimiter),
    key: 'delimiter',
  });
}

/** Looks at the first lines of text files and gives the SQL that reads them all, columns matched by name. */
export async function scanText(db: Database, source: Source, files: readonly InputFile[]): Promise<TextScan> {
  const originals = new Map<string, string>();
  const delimiter = delimiterOf(source);
  const aligned = delimiter === 'whitespace' || delimiter === ' ';
  const texts: TextFile[] = [];
  for (const { path } of files) {
    const read = aligned ? await withTabs(db, path, source) : path;
    originals.set(read, path);
    const settings = aligned ? { ...source, encoding: 'utf-8' as const } : source;
    texts.push(await examined(read, settings, aligned ? '\t' : delimiter));
  }
  const groups = new Map<string, TextFile[]>();
  for (const file of texts) {
    const key = JSON.stringify([file.names, file.delimiter, file.encoding, file.isGzip]);
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  const header = hasHeader(source);
  const quote = aligned ? '' : (source.quote ?? '"');
  const nulls = ['', ...(source.nulls ?? [])];
  const one = (group: TextFile[], types: Record<string, string>, options: string) => {
    const [{ names, delimiter, encoding, isGzip }] = group;
    const columns = names.map(name => `${literal(name)}: ${literal(types[name] ?? 'VARCHAR')}`);
    return `SELECT * FROM read_csv(${literals(group.map(({ path }) => plainPath(path)))}, auto_detect = false,
      columns = {${columns.join(', ')}}, delim = ${literal(delimiter)}, quote = ${literal(quote)},
      escape = ${literal(quote)}, header = ${header}, skip = 0, encoding = ${literal(encoding)}, compression = ${literal(isGzip ? 'gzip' : 'none')},
      nullstr = ${literals(nulls)}, decimal_separator = ${literal(source.decimal ?? '.')}${db.textOptions}${options})`;
  };
  return {
    names: [...new Set(texts.flatMap(text => text.names))],
    sql: (types, options) =>
      [...groups.values()]
        .map(group => one(group, types, options ? `, ${options}` : ''))
        .join(' UNION ALL BY NAME '),
    original: path => originals.get(path) ?? path,
  };
}
