import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../data/replace-file.js';
import { DataError } from '../errors.js';
import { checkHeader, readModel, writeModel } from '../model-file.js';
import type { FittedItems, ItemNeighboursOptions } from './item-neighbours.js';
import { Popularity } from './popularity.js';

/** What is saved as JSON; the arrays are in the file beside it. */
export interface ItemNeighboursJson {
  kind: 'item-neighbours';
  version: 1;
  options: Required<ItemNeighboursOptions>;
  /** Customers of the fit. */
  customers: number;
  /** Number of items. */
  itemCount: number;
  /** Ids of the items, where the fit was told. */
  items?: readonly string[];
  /** Neighbours of all items together. */
  entries: number;
}

const header = { kind: 'item-neighbours', version: 1 } as const;

// Little-endian, one after the other: int32 customers of each item [items], int32 row offsets [items + 1],
// int32 neighbours [entries], float32 cosines [entries].
const binaryFile = (folder: string) => join(folder, 'item-neighbours.bin');

export async function saveItemNeighbours(
  folder: string,
  options: Required<ItemNeighboursOptions>,
  { similar, popularity, items }: FittedItems,
): Promise<void> {
  const { customersOf, customers } = popularity;
  const { rows, indptr, indices, values } = similar;
  const arrays = [customersOf, indptr, indices, values];
  const bytes = arrays.map(array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  await replaceFile(binaryFile(folder), file => writeFile(file, Buffer.concat(bytes)));
  const json: ItemNeighboursJson = {
    ...header,
    options,
    customers,
    itemCount: rows,
    items,
    entries: indices.length,
  };
  await writeModel(folder, json);
}

export async function loadItemNeighbours(
  folder: string,
): Promise<{ options: ItemNeighboursOptions; fitted: FittedItems }> {
  const model = await readModel(folder, header.kind);
  checkHeader(model, header);
  const { options, customers, itemCount, items, entries } = model as ItemNeighboursJson;
  const file = binaryFile(folder);
  const bytes = await readFile(file).catch((cause: Error) => {
    throw new DataError({ file, expected: 'the arrays of a saved model', found: cause.message, cause });
  });
  const length = 4 * (2 * itemCount + 1 + 2 * entries);
  if (bytes.byteLength !== length) {
    throw new DataError({
      file,
      expected: `${length} bytes`,
      found: `${bytes.byteLength}`,
      hint: 'The two files of the model do not belong together: fit and save the model again.',
    });
  }
  const { buffer } = Uint8Array.from(bytes);
  const similar = {
    rows: itemCount,
    columns: itemCount,
    indptr: new Int32Array(buffer, 4 * itemCount, itemCount + 1),
    indices: new Int32Array(buffer, 4 * (2 * itemCount + 1), entries),
    values: new Float32Array(buffer, 4 * (2 * itemCount + 1 + entries), entries),
  };
  const popularity = new Popularity(new Int32Array(buffer, 0, itemCount), customers);
  return { options, fitted: { similar, popularity, items } };
}
