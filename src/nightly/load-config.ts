import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Document, isMap, isNode, isScalar, isSeq, LineCounter, parse, parseDocument } from 'yaml';
import { UsageError } from '../errors.js';
import { complaintOf } from './complaints.js';
import { type Config, configSchema } from './config/index.js';

/** A checked configuration and the folders that its relative paths start from. */
export interface LoadedConfig {
  config: Config;
  /** Inputs are relative to this folder. */
  dataFolder: string;
  /** The output folder is relative to this folder. */
  baseFolder: string;
}

export interface LoadOptions {
  /** A kindred.yaml; without it the configuration is made of the changes alone. */
  file?: string;
  /** Keys of the file that are passed over, each the path to it. */
  without?: readonly (readonly string[])[];
  /** Keys and values that win over those of the file; but steps of `clean` come after its own. */
  changes?: object;
  /** Further changes as `key.path=value`, the value in YAML. */
  set?: readonly string[];
  /** Where relative input paths start, instead of the folder of the file or, without a file, the current one. */
  dataFolder?: string;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new UsageError({
      file,
      expected: 'a configuration that can be read',
      found: code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'a folder' : message,
      hint: 'Give the path of a kindred.yaml; "kindred sample shop" writes one to start from.',
      cause,
    });
  }
}

function parsed(file: string, lines: LineCounter): Document {
  const document = parseDocument(read(file), { lineCounter: lines });
  const [error] = document.errors;
  if (error) {
    throw new UsageError({
      file,
      line: lines.linePos(error.pos[0]).line,
      expected: 'YAML',
      found: `something else (${error.message.split(' at line ')[0].trim()})`,
      hint: 'Check indentation and quotes on that line; text with ": ", or that begins with * or &, needs quotes.',
      cause: error,
    });
  }
  return document.contents ? document : new Document({});
}

/** The line on which the last key of a path stands, or the nearest key around it that is there. */
function lineOf(document: Document, path: readonly PropertyKey[], lines: LineCounter): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const around = length > 1 ? document.getIn(path.slice(0, length - 1), true) : document.contents;
    const last = path[length - 1];
    const pair = isMap(around)
      ? around.items.find(({ key }) => (isScalar(key) ? key.value : key) === last)
      : undefined;
    const node = pair ? pair.key : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return undefined;
}

/** `segments.k=7` → `['segments', 'k']` and 7. */
function assignment(text: string): [string[], unknown] {
  const equals = text.indexOf('=');
  if (equals < 1) {
    throw new UsageError({
      expected: '--set key=value',
      found: `"${text}"`,
      hint: 'For example --set segments.k=7 or --set output.format=csv.',
    });
  }
  return [text.slice(0, equals).split('.'), parse(text.slice(equals + 1))];
}

/** The single values of nested changes, each with its path; lists are values. */
function* leaves(changes: object, path: string[] = []): Generator<[string[], unknown]> {
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) continue;
    if (value !== null && typeof value === 'object' && !Array.isArray(value))
      yield* leaves(value, [...path, key]);
    else yield [[...path, key], value];
  }
}

function change(document: Document, path: string[], value: unknown): void {
  // What stands in the way, such as `segments: false`, gives way to the mapping that holds the new key.
  for (let length = 1; length < path.length; length++) {
    const around = document.getIn(path.slice(0, length));
    if (!isMap(around)) document.setIn(path.slice(0, length), document.createNode({}));
  }
  document.setIn(path, document.createNode(value));
}

/** Adds to a list, which begins here where there is none. */
function append(document: Document, path: string[], values: readonly unknown[]): void {
  const list = document.getIn(path);
  if (isSeq(list)) for (const value of values) list.add(document.createNode(value));
  else change(document, path, values);
}

/**
 * Reads and checks a configuration.
 * @throws UsageError that names the file, the line and the key.
 */
export function loadConfig({
  file,
  without = [],
  changes = {},
  set = [],
  dataFolder,
}: LoadOptions): LoadedConfig {
  const lines = new LineCounter();
  const document = file === undefined ? new Document({}) : parsed(file, lines);
  if (isMap(document.contents)) {
    for (const path of without) if (document.hasIn(path)) document.deleteIn(path);
    for (const [path, value] of leaves(changes)) {
      if (path.at(-1) === 'clean') append(document, path, value as unknown[]);
      else change(document, path, value);
    }
    for (const [path, value] of set.map(assignment)) change(document, path, value);
  }
  const value: unknown = document.toJS();
  const result = configSchema.safeParse(value);
  if (!result.success) {
    const { path, ...complaint } = complaintOf(result.error.issues[0], value, configSchema);
    throw new UsageError({ ...complaint, file, line: lineOf(document, path, lines) });
  }
  const baseFolder = file === undefined ? process.cwd() : dirname(resolve(file));
  return {
    config: result.data,
    baseFolder,
    dataFolder: dataFolder === undefined ? baseFolder : resolve(dataFolder),
  };
}
