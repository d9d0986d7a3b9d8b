import { type Progress, silent } from '../nightly/progress.js';
import { terminalProgress } from './print/progress.js';

/** Where a command prints: results on stdout, everything else on stderr. */
export interface Terminal {
  /** Draws what a run is doing. */
  progress: Progress;
  /** Whether stdout gets one JSON object and nothing else. */
  json: boolean;
  /** Whether nothing but results and errors is wanted. */
  quiet: boolean;
  /** Prints a result: `value` under `--json`, else the text. */
  result(value: object, text: string): void;
  /** Prints a remark that is no result. */
  note(text: string): void;
}

/** Typed arrays and big integers as JSON knows them. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView))
    return Array.from(value as unknown as ArrayLike<number>);
  return value;
}

export interface PrintArguments {
  /** A file's name where the JSON goes there instead of to stdout. */
  json?: boolean | string;
  quiet?: boolean;
}

export function openTerminal({ json: wanted = false, quiet = false }: PrintArguments): Terminal {
  const json = wanted === true || wanted === '';
  const hushed = json || quiet;
  return {
    json,
    quiet,
    progress: hushed ? silent : terminalProgress(process.stderr),
    result(value, text) {
      process.stdout.write(`${json ? JSON.stringify(value, plain) : text}\n`);
    },
    note(text) {
      if (!hushed) process.stderr.write(`${text}\n`);
    },
  };
}
