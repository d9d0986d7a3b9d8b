import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { DataError } from '../errors.js';

/** Bytes that are unpacked at a time. */
const chunkSize = 1 << 18;

/** Whether a file that begins with these bytes is gzip, whatever its name. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The error for a file that is gzip in its beginning only. */
export function damagedGzip(file: string, cause: unknown): DataError {
  const endsEarly = /unexpected end of file/.test(String(cause));
  return new DataError({
    file,
    expected: 'a whole gzip file',
    found: endsEarly ? 'one that ends too early' : 'damaged data',
    hint: 'Fetch it again.',
    cause,
  });
}

async function beginsAsGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return isGzip(buffer);
  } finally {
    await file.close();
  }
}

/**
 * Unpacks the gzip files among these for their checksums: DuckDB takes one that was cut off for one that ends there. Never rejects, so
 * that it can run while something else reads the files.
 *
 * @returns what is wrong with the first one that is not whole.
 */
export async function gzipDamage(paths: readonly string[]): Promise<DataError | undefined> {
  for (const path of paths) {
    try {
      if (!(await beginsAsGzip(path))) continue;
      const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
      await pipeline(
        createReadStream(path, { highWaterMark: chunkSize }),
        createGunzip({ chunkSize }),
        nowhere,
      );
    } catch (cause) {
      return damagedGzip(path, cause);
    }
  }
  return undefined;
}
