import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ColumnTable,
  mergeParts,
  type OutputFormat,
  partFormat,
  replaceFile,
  writeTable,
} from '../data/index.js';
import type { ResultsFolder } from './results-folder.js';

/** What stands beside a part. */
interface PartNote<N> {
  /** Number of what was worked through, such as customers, up to and with this part. */
  upTo: number;
  rows: number;
  note: N;
}

/**
 * A table that is written part by part as they are done: memory does not grow with their number, and a run that goes on
 * after it was killed begins behind the last part.
 */
export class PartedTable<N> {
  readonly #results: ResultsFolder;
  readonly #name: string;
  readonly #format: OutputFormat;
  readonly #folder: string;
  readonly #parts: PartNote<N>[] = [];

  constructor(results: ResultsFolder, name: string, format: OutputFormat) {
    this.#results = results;
    this.#name = name;
    this.#format = format;
    this.#folder = results.scratch('parts', name);
    while (existsSync(this.#part(this.#parts.length))) {
      this.#parts.push(JSON.parse(readFileSync(this.#note(this.#parts.length), 'utf8')));
    }
  }

  /** How far the parts reach: the work goes on from here. */
  get done(): number {
    return this.#parts.at(-1)?.upTo ?? 0;
  }

  get rows(): number {
    return this.#parts.reduce((sum, { rows }) => sum + rows, 0);
  }

  /** What was noted with each part. */
  get notes(): N[] {
    return this.#parts.map(({ note }) => note);
  }

  /** Writes the next part, which reaches up to `upTo`. */
  async write(table: ColumnTable, upTo: number, note: N): Promise<void> {
    const number = this.#parts.length;
    const beside = { upTo, rows: table.rows, note };
    await replaceFile(this.#note(number), file => writeFile(file, JSON.stringify(beside)));
    // The part comes last: where it is, its note is.
    await writeTable(this.#part(number), partFormat(this.#format), table);
    this.#parts.push(beside);
  }

  /** The files of the parts. */
  get files(): string[] {
    return this.#parts.map((_, number) => this.#part(number));
  }

  /** Makes one file of the parts, in its place among the results, with so much memory at most. */
  async close(memory?: string | number): Promise<void> {
    const path = this.#results.path(`${this.#name}.${this.#format}`);
    await mergeParts(this.files, path, this.#format, memory);
  }

  #part(number: number): string {
    return join(this.#folder, `${number}.${partFormat(this.#format)}`);
  }

  #note(number: number): string {
    return join(this.#folder, `${number}.json`);
  }
}
