import { accessSync, constants, existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UsageError } from './errors.js';

const reasons: Record<string, string> = {
  EACCES: 'no permission to write there',
  EPERM: 'no permission to write there',
  EROFS: 'a read-only file system',
  EEXIST: 'a file of that name',
  ENOTDIR: 'a file where a folder of its path should be',
  ENOENT: 'a place where no folder can be made',
  ENOSPC: 'a full disk',
};

/**
 * Makes a folder and those around it, one by one: Node's own recursion never ends where the system refuses with
 * ENOENT, as under /proc.
 *
 * @returns the folders that were not there before, outermost first
 * @throws UsageError where the folder cannot be made or written; what was made is removed again
 */
export function makeFolder(path: string): string[] {
  const missing: string[] = [];
  for (
    let folder = resolve(path);
    !existsSync(folder) && folder !== dirname(folder);
    folder = dirname(folder)
  ) {
    missing.unshift(folder);
  }
  const made: string[] = [];
  try {
    for (const folder of missing) {
      mkdirSync(folder);
      made.push(folder);
    }
    // A file passes as a folder until something is to be put into it.
    accessSync(`${path}/.`, constants.F_OK);
    accessSync(path, constants.W_OK | constants.X_OK);
  } catch (cause) {
    for (const folder of made.reverse()) rmdirSync(folder);
    throw unwritable(path, cause);
  }
  return made;
}

/** The error for a folder that cannot be written. */
export function unwritable(path: string, cause: unknown): UsageError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  return new UsageError({
    file: path,
    expected: 'a folder that can be written',
    found: reasons[code] ?? message,
    hint: 'Choose another folder, or change its permissions.',
    cause,
  });
}
