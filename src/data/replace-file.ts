import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UsageError } from '../errors.js';

/** Temporary files that are being written. */
const unfinished = new Set<string>();
let watching = false;

/** Removes the temporary files of writes that have not finished, at once: for Ctrl-C. Runs by itself when the process exits. */
export function discardUnfinished(): void {
  for (const path of unfinished) rmSync(path, { force: true });
  unfinished.clear();
}

function reason(error: unknown): { found: string; hint: string } | undefined {
  const { code, message = '' } = error as NodeJS.ErrnoException;
  const says = (...signs: string[]) => signs.some(sign => code === sign || message.includes(sign));
  if (says('ENOSPC', 'No space left', 'EDQUOT', 'Disk quota'))
    return { found: 'a full disk', hint: 'Free some space, or write to another disk.' };
  if (says('EACCES', 'EPERM', 'Permission denied', 'EROFS', 'Read-only file system'))
    return {
      found: 'no permission to write there',
      hint: 'Choose another folder, or change its permissions.',
    };
  if (says('ENOTDIR', 'EEXIST', 'Not a directory'))
    return {
      found: 'a file where a folder should be',
      hint: 'Choose another folder, or move that file away.',
    };
  if (says('EISDIR', 'ENOTEMPTY'))
    return { found: 'a folder of that name', hint: 'Choose another name, or move that folder away.' };
  if (says('EFBIG', 'File too large'))
    return { found: 'a limit on the size of files', hint: 'Raise the limit, or write to another disk.' };
  if (says('ENOENT', 'ENAMETOOLONG', 'EIO', 'Could not write', 'Cannot open file', 'EINVAL'))
    return {
      found: `an error of the file system (${code ?? message.split('\n', 1)[0]})`,
      hint: 'Choose another folder.',
    };
  return undefined;
}

/** An error of the file system in clear words; any other as it is. */
export function explained(error: unknown, path: string): unknown {
  const why = reason(error);
  return why
    ? new UsageError({ expected: 'a file that can be written', ...why, file: path, cause: error })
    : error;
}

/** A file being written under a temporary name; a reader of `path` sees the old file or the whole new one. */
export interface PendingFile {
  /** Where to write: a name beside `path` that nothing else uses. */
  readonly temporary: string;
  /** Puts the file in its place. */
  finish(): Promise<void>;
  /** Removes what was written. */
  discard(): Promise<void>;
  /** Removes what was written and gives the error to throw, in clear words where it is of the file system. */
  fail(error: unknown): Promise<unknown>;
}

/** Starts to write the file at `path`; makes its folder. */
export async function pendingFile(path: string): Promise<PendingFile> {
  if (!watching) process.once('exit', discardUnfinished);
  watching = true;
  try {
    await mkdir(dirname(path), { recursive: true });
  } catch (error) {
    throw explained(error, dirname(path));
  }
  const temporary = `${path}.${randomUUID().slice(0, 8)}.tmp`;
  unfinished.add(temporary);
  const discard = async () => {
    await rm(temporary, { force: true }).catch(() => {});
    unfinished.delete(temporary);
  };
  const fail = async (error: unknown) => {
    await discard();
    return explained(error, path);
  };
  const finish = async () => {
    try {
      await rename(temporary, path);
      unfinished.delete(temporary);
    } catch (error) {
      throw await fail(error);
    }
  };
  return { temporary, finish, discard, fail };
}

/**
 * Finds out, before work that takes long, whether a file can be written when it is done.
 *
 * @throws UsageError when it cannot; nothing is left behind but its folder
 */
export async function requireWritable(path: string): Promise<void> {
  const file = await pendingFile(path);
  try {
    await writeFile(file.temporary, '');
    const there = await stat(path).catch(() => undefined);
    if (there?.isDirectory()) throw Object.assign(new Error('a folder of that name'), { code: 'EISDIR' });
  } catch (error) {
    throw await file.fail(error);
  }
  await file.discard();
}

/**
 * Writes a file through a temporary name beside it and renames it, so that nobody ever sees half of it.
 *
 * @throws UsageError when the folder cannot be written or the disk is full; nothing is left behind
 */
export async function replaceFile(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const file = await pendingFile(path);
  try {
    await write(file.temporary);
  } catch (error) {
    throw await file.fail(error);
  }
  await file.finish();
}
