import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { UsageError } from '../errors.js';
import { makeFolder, unwritable } from '../make-folder.js';

/** A file of a finished run, its path relative to the output folder. */
export interface OutputFile {
  path: string;
  bytes: number;
}

/**
 * A hidden folder inside the output folder, on the same file system, in which a run writes its results:
 * {@link commit} moves them to their places one rename each, {@link discard} leaves no trace.
 */
export class Staging {
  /** Write results here. */
  readonly folder: string;
  /** Folders that were made for the output folder, outermost first. */
  readonly #made: string[];
  readonly #discardAtExit = () => this.discard();

  private constructor(
    readonly output: string,
    made: string[],
  ) {
    this.#made = made;
    this.folder = mkdtempSync(join(output, '.kindred-'));
    process.once('exit', this.#discardAtExit);
  }

  /** @throws UsageError where the output folder cannot be made or written. */
  static open(output: string): Staging {
    const made = makeFolder(output);
    try {
      return new Staging(output, made);
    } catch (cause) {
      // A system that runs everything as root gives leave to write where nothing can be written.
      throw unwritable(output, cause);
    }
  }

  /** Where a result of this name is written. */
  path(...names: string[]): string {
    const path = join(this.folder, ...names);
    mkdirSync(dirname(path), { recursive: true });
    return path;
  }

  /** Writes a text file. */
  write(name: string, text: string): void {
    writeFileSync(this.path(name), text);
  }

  /** The results so far. */
  files(): OutputFile[] {
    return readdirSync(this.folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name))
      .map(path => ({ path: relative(this.folder, path), bytes: statSync(path).size }))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /**
   * Moves every result to its place, `last` after all others, and gives their paths.
   *
   * @throws UsageError where a folder or a file is in the way; nothing was moved then
   */
  commit(last: string): string[] {
    const names = this.files().map(({ path }) => path);
    const ordered = [...names.filter(name => name !== last), ...names.filter(name => name === last)];
    for (const name of ordered) this.#checkPlace(name);
    for (const name of ordered) {
      const place = join(this.output, name);
      renameSync(join(this.folder, name), place);
    }
    this.#made.length = 0;
    this.discard();
    return ordered.map(name => join(this.output, name));
  }

  #checkPlace(name: string): void {
    const place = join(this.output, name);
    this.#made.push(...makeFolder(dirname(place)));
    if (statSync(place, { throwIfNoEntry: false })?.isDirectory()) {
      throw new UsageError({
        file: place,
        expected: 'a file, or a free place for one',
        found: 'a folder of that name',
        hint: 'Move it away, or choose another output folder.',
      });
    }
  }

  /** Removes what was staged, and the output folder where it was made for this run and is empty. */
  discard(): void {
    process.removeListener('exit', this.#discardAtExit);
    rmSync(this.folder, { recursive: true, force: true });
    for (const folder of this.#made.splice(0).reverse()) {
      if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
    }
  }
}
