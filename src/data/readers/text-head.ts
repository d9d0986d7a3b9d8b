import { open } from 'node:fs/promises';
import { constants, gunzipSync } from 'node:zlib';
import { DataError } from '../../errors.js';
import { damagedGzip, isGzip } from '../gzip.js';
import type { encodings } from '../source.js';

type Encoding = (typeof encodings)[number];

const headBytes = 1 << 18;

async function firstBytes(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

export interface TextHead {
  /** The first lines, without their ends; quoted fields that go over several lines are not joined. */
  lines: string[];
  encoding: Encoding;
  /** Whether the file is gzip, which its bytes tell and not its name. */
  isGzip: boolean;
}

/** What files begin with that are no text, though they may be taken for it. */
const beginnings: [bytes: string, what: string, hint: string][] = [
  ['28b52ffd', 'a Zstandard file', 'Unpack it first, or pack it with gzip.'],
  ['504b0304', 'a zip archive', 'Unpack it first; a spreadsheet is to be saved as CSV.'],
  ['425a68', 'a bzip2 file', 'Unpack it first, or pack it with gzip.'],
  ['fd377a585a', 'an xz file', 'Unpack it first, or pack it with gzip.'],
  ['50415231', 'a Parquet file', 'Declare `format: parquet`, or --input-format parquet.'],
  ['4152524f5731', 'an Arrow file', 'Declare `format: arrow`, or --input-format arrow.'],
  ['53514c69746520666f726d6174', 'a SQLite database', 'Give it as sqlite:PATH.'],
];

/** @throws DataError for the bytes of a file that is known not to be text */
function checkText(file: string, bytes: Buffer): void {
  const known = beginnings.find(([first]) => bytes.toString('hex', 0, first.length / 2) === first);
  if (known) throw new DataError({ file, expected: 'a text file', found: known[1], hint: known[2] });
}

/**
 * @throws DataError for text of two or four bytes a character in another order than that of UTF-16 here. Of Latin letters and
 * delimiters every other byte is 0: the second one of UTF-16, which has its lesser byte first.
 */
function checkByteOrder(file: string, bytes: Buffer, declared: Encoding | undefined): void {
  const head = bytes.subarray(0, 4096);
  const isMarked = bytes[0] === 0xff && bytes[1] === 0xfe && !(bytes[2] === 0 && bytes[3] === 0);
  const zeros = [0, 1, 2, 3].map(place => head.filter((byte, at) => at % 4 === place && byte === 0).length);
  const isHere = zeros[0] + zeros[2] < zeros[1] + zeros[3] && Math.min(zeros[1], zeros[3]) > 2 * zeros[2];
  const isWide = zeros.some(count => count > head.length / 16);
  if (!isWide || isMarked || (declared === 'utf-16' && isHere)) return;
  throw new DataError({
    file,
    expected: `text encoded as ${declared ?? 'utf-8'}`,
    found: isHere ? 'UTF-16 without a byte order mark' : 'UTF-16 with the greater byte first, or UTF-32',
    hint: isHere ? 'Declare `encoding: utf-16` for this source.' : 'Save it as UTF-8.',
  });
}

/**
 * The first lines of a text file, unpacked if it is gzip. A byte order mark of UTF-16 is believed unless an encoding
 * was declared.
 *
 * @throws DataError when the bytes are not of the encoding
 */
export async function textHead(path: string, declared?: Encoding): Promise<TextHead> {
  let bytes = await firstBytes(path);
  const packed = isGzip(bytes);
  if (packed) {
    try {
      bytes = gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
    } catch (cause) {
      throw damagedGzip(path, cause);
    }
  }
  checkText(path, bytes);
  checkByteOrder(path, bytes, declared);
  const marked = bytes[0] === 0xff && bytes[1] === 0xfe;
  const encoding = declared ?? (marked ? 'utf-16' : 'utf-8');
  const labels = { 'utf-8': 'utf-8', 'latin-1': 'latin1', 'utf-16': 'utf-16le' };
  try {
    const text = new TextDecoder(labels[encoding], { fatal: true }).decode(bytes, { stream: true });
    return { lines: text.split(/\r\n|\n|\r/), encoding, isGzip: packed };
  } catch (cause) {
    throw wrongEncoding(path, encoding, undefined, cause);
  }
}

/** The error for bytes that are not of the declared encoding, or not of UTF-8 where none was declared. */
export function wrongEncoding(file: string, encoding: string, line?: number, cause?: unknown): DataError {
  return new DataError({
    expected: `text encoded as ${encoding}`,
    found: 'bytes that are not',
    file,
    line,
    hint:
      encoding === 'utf-8'
        ? 'Declare `encoding: latin-1` (or utf-16) for this source.'
        : 'Declare another `encoding:`.',
    cause,
  });
}
