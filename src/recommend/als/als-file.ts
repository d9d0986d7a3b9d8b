import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../../data/replace-file.js';
import { DataError } from '../../errors.js';
import { checkHeader, readModel, writeModel } from '../../model-file.js';
import { Popularity } from '../popularity.js';
import type { AlsOptions, FittedAls } from './als.js';

/** What is saved as JSON; the arrays are in the file beside it. */
export interface AlsJson {
  kind: 'als';
  version: 1;
  options: Required<AlsOptions>;
  /** Customers of the fit. */
  customers: number;
  /** Number of items. */
  itemCount: number;
}

const header = { kind: 'als', version: 1 } as const;

// Little-endian, one after the other: int32 customers of each item [items], float32 factors [items, factors].
const binaryFile = (folder: string) => join(folder, 'als.bin');

export async function saveAls(
  folder: string,
  options: Required<AlsOptions>,
  { items, popularity }: FittedAls,
): Promise<void> {
  const arrays = [popularity.customersOf, items.values];
  const bytes = arrays.map(array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  await replaceFile(binaryFile(folder), file => writeFile(file, Buffer.concat(bytes)));
  const json: AlsJson = { ...header, options, customers: popularity.customers, itemCount: items.count };
  await writeModel(folder, json);
}

export async function loadAls(folder: string): Promise<{ options: AlsOptions; fitted: FittedAls }> {
  const model = await readModel(folder, header.kind);
  checkHeader(model, header);
  const { options, customers, itemCount } = model as AlsJson;
  const file = binaryFile(folder);
  const bytes = await readFile(file).catch((cause: Error) => {
    throw new DataError({ file, expected: 'the arrays of a saved model', found: cause.message, cause });
  });
  const length = 4 * itemCount * (1 + options.factors);
  if (bytes.byteLength !== length) {
    throw new DataError({
      file,
      expected: `${length} bytes`,
      found: `${bytes.byteLength}`,
      hint: 'The two files of the model do not belong together: fit and save the model again.',
    });
  }
  const { buffer } = Uint8Array.from(bytes);
  const values = new Float32Array(buffer, 4 * itemCount);
  const popularity = new Popularity(new Int32Array(buffer, 0, itemCount), customers);
  return { options, fitted: { items: { count: itemCount, factors: options.factors, values }, popularity } };
}
