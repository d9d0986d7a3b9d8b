import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

/** A file of a finished run, its path relative to the output folder. */
export interface OutputFile {
  path: string;
  bytes: number;
}

/** The files in a folder and those below it, by path. */
export function filesIn(folder: string): OutputFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .map(path => ({ path: relative(folder, path).split(sep).join('/'), bytes: statSync(path).size }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Where a run writes, out of sight until its results are published. */
export class ResultsFolder {
  /** Results are written here. */
  readonly folder: string;

  constructor(readonly root: string) {
    this.folder = join(root, 'results');
    mkdirSync(this.folder, { recursive: true });
  }

  /** Where a result of this name is written. */
  path(...names: string[]): string {
    return placeIn(this.folder, names);
  }

  /** Where something is written that is of use until the results are published. */
  scratch(...names: string[]): string {
    return placeIn(join(this.root, 'scratch'), names);
  }

  /** Writes a text file. */
  write(name: string, text: string): void {
    writeFileSync(this.path(name), text);
  }

  /** The results so far. */
  files(): OutputFile[] {
    return filesIn(this.folder);
  }
}

function placeIn(folder: string, names: string[]): string {
  const path = join(folder, ...names);
  mkdirSync(dirname(path), { recursive: true });
  return path;
}
