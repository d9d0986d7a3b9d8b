import { existsSync, mkdtempSync, readdirSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '../errors.js';
import { makeFolder, unwritable } from '../make-folder.js';
import { holdsNights, manifestIn } from './nights.js';
import { ResultsFolder } from './results-folder.js';

/**
 * A hidden folder inside the output folder, on the same file system, in which a single command writes its results:
 * {@link commit} moves them to their places one rename each, {@link discard} leaves no trace.
 */
export class Staging extends ResultsFolder {
  /** Folders that were made for the output folder, outermost first. */
  readonly #made: string[];
  readonly #discardAtExit = () => this.discard();

  private constructor(
    readonly output: string,
    made: string[],
  ) {
    super(mkdtempSync(join(output, '.kindred-')));
    this.#made = made;
    process.once('exit', this.#discardAtExit);
  }

  /** @throws UsageError where the output folder cannot be made or written, or holds the nights of a refresh. */
  static open(output: string): Staging {
    const made = makeFolder(output);
    if (holdsNights(output)) {
      throw new UsageError({
        file: output,
        expected: 'a folder for the results of one command',
        found: 'the nights of a nightly refresh',
        hint: 'Choose another output folder, so that the published night stays whole.',
      });
    }
    try {
      return new Staging(output, made);
    } catch (cause) {
      // A system that runs everything as root gives leave to write where nothing can be written.
      throw unwritable(output, cause);
    }
  }

  /**
   * Moves every result to its place, `last` after all others, and gives their paths. What an earlier run of the same stages
   * left there and this one has not made, such as the same table in another format, goes.
   *
   * @throws UsageError where a folder or a file is in the way; nothing was moved then
   */
  commit(last: string): string[] {
    const names = this.files().map(({ path }) => path);
    const ordered = [...names.filter(name => name !== last), ...names.filter(name => name === last)];
    for (const name of ordered) this.#checkPlace(name);
    const outdated = this.#outdated(names);
    for (const name of ordered) {
      const place = join(this.output, name);
      renameSync(join(this.folder, name), place);
    }
    for (const name of outdated) {
      rmSync(join(this.output, name), { force: true });
      const around = dirname(join(this.output, name));
      if (around !== this.output) removeEmpty([around]);
    }
    this.#made.length = 0;
    this.discard();
    return ordered.map(name => join(this.output, name));
  }

  #outdated(names: readonly string[]): string[] {
    const [before, now] = [manifestIn(this.output), manifestIn(this.folder)];
    const stagesOf = (manifest: typeof before) => manifest?.stages?.map(({ stage }) => stage).join();
    if (before === undefined || stagesOf(before) !== stagesOf(now)) return [];
    return (before.outputs ?? [])
      .map(({ path }) => path)
      .filter(path => !names.includes(path) && !path.split('/').includes('..'));
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
    rmSync(this.root, { recursive: true, force: true });
    removeEmpty(this.#made.splice(0));
  }
}

/** Removes folders that were made, outermost first, as far as they are empty. */
export function removeEmpty(made: readonly string[]): void {
  for (const folder of [...made].reverse()) {
    if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
  }
}
