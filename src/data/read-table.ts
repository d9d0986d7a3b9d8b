import { readFile } from 'node:fs/promises';
import { type Table, tableFromIPC } from 'apache-arrow';
import { DataError } from '../errors.js';
import { arrowProblem } from './readers/arrow.js';

/**
 * Reads an Arrow IPC file (Feather 2) whole.
 *
 * @throws DataError when there is no such file or it is not Arrow
 */
export async function readArrow(path: string): Promise<Table> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new DataError({ expected: 'an Arrow file', found: 'none that can be read', file: path, cause });
  }
  try {
    return tableFromIPC(bytes);
  } catch (error) {
    throw arrowProblem(path, error);
  }
}
