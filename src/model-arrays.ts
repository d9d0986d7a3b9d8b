import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from './data/replace-file.js';
import { DataError } from './errors.js';
import { type ModelHeader, readModel, writeModel } from './model-file.js';

const arrayTypes = { Int32Array, Float32Array, Float64Array } as const;

type ArrayType = keyof typeof arrayTypes;
type NumberArray = InstanceType<(typeof arrayTypes)[ArrayType]>;

/** What stands in the JSON for an array of numbers, which is in the file beside it from the byte `at` on. */
interface ArrayPlace {
  array: ArrayType;
  at: number;
  length: number;
}

/** Arrays begin at multiples of it, so that each can be looked at where it is. */
const alignment = 8;

const aligned = (bytes: number) => Math.ceil(bytes / alignment) * alignment;

function isNumberArray(value: unknown): value is NumberArray {
  return Object.values(arrayTypes).some(type => value instanceof type);
}

function isPlace(value: unknown): value is ArrayPlace {
  const { array, at, length } = (value ?? {}) as Partial<ArrayPlace>;
  return array !== undefined && array in arrayTypes && typeof at === 'number' && typeof length === 'number';
}

/**
 * Writes a model of plain values and arrays of numbers at any depth: `folder/<name>.json`, and beside it the arrays, one
 * after the other, little-endian, in `folder/<name>.bin`.
 */
export async function writeModelArrays(folder: string, name: string, model: ModelHeader): Promise<void> {
  const arrays: NumberArray[] = [];
  let bytes = 0;
  const placed = (value: unknown): unknown => {
    if (isNumberArray(value)) {
      const place = { array: value.constructor.name as ArrayType, at: bytes, length: value.length };
      arrays.push(value);
      bytes = aligned(bytes + value.byteLength);
      return place;
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, placed(inner)]));
  };
  const json = { ...(placed(model) as ModelHeader), bytes };
  await replaceFile(join(folder, `${name}.bin`), async temporary => {
    const file = await open(temporary, 'w');
    try {
      for (const { buffer, byteOffset, byteLength } of arrays) {
        await file.writeFile(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength));
        await file.writeFile(new Uint8Array(aligned(byteLength) - byteLength));
      }
    } finally {
      await file.close();
    }
  });
  await writeModel(folder, json, name);
}

/**
 * Reads what {@link writeModelArrays} wrote; what it holds is yet to be checked.
 *
 * @throws DataError if one of the files is not there, or they do not belong together.
 */
export async function readModelArrays(folder: string, name: string, kind: string): Promise<unknown> {
  const model = await readModel(folder, kind, name);
  const file = join(folder, `${name}.bin`);
  const content = await readFile(file).catch((cause: Error) => {
    throw new DataError({ file, expected: 'the arrays of a saved model', found: cause.message, cause });
  });
  const { bytes } = (model ?? {}) as { bytes?: number };
  if (content.byteLength !== bytes) {
    throw new DataError({
      file,
      expected: `${bytes} bytes`,
      found: `${content.byteLength}`,
      hint: 'The two files of the model do not belong together: fit and save the model again.',
    });
  }
  const { buffer } = new Uint8Array(content);
  const filled = (value: unknown): unknown => {
    if (isPlace(value)) return new arrayTypes[value.array](buffer, value.at, value.length);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filled(inner)]));
  };
  return filled(model);
}
