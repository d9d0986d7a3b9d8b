import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from './data/replace-file.js';
import { DataError, KindredError } from './errors.js';

/** What every saved model begins with. */
export interface ModelHeader {
  /** What it is, such as `k-means`. */
  kind: string;
  /** Version of the file's format; a reader refuses others. */
  version: number;
}

/** The file of a model of that name. */
export function modelFile(folder: string, name: string): string {
  return join(folder, `${name}.json`);
}

function damagedModel(file: string, kind: string, found: string, cause?: unknown): DataError {
  const hint = 'The file is damaged: save the model again.';
  return new DataError({ file, expected: `a saved ${kind} model`, found, hint, cause });
}

/** Does what the content of a file may be wrong for: errors that name no file then name this one. */
export async function aboutFile<T>(file: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DataError) || error.place.file !== undefined) throw error;
    throw new DataError({ ...error.complaint, file });
  }
}

/** Writes `folder/<name>.json`; its name is the kind unless told. */
export async function writeModel(folder: string, model: ModelHeader, name = model.kind): Promise<void> {
  await replaceFile(modelFile(folder, name), file => writeFile(file, `${JSON.stringify(model)}\n`));
}

/**
 * Reads `folder/<name>.json`, named by the kind unless told; its content is yet to be checked by {@link checkHeader}.
 *
 * @throws DataError if there is no such file or it is no model.
 */
export async function readModel(folder: string, kind: string, name = kind): Promise<unknown> {
  const file = modelFile(folder, name);
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new DataError({
      file,
      expected: `a saved ${kind} model`,
      found: cause.code === 'ENOENT' ? 'no such file' : cause.message,
      hint: 'Give the folder that a model was saved to.',
      cause,
    });
  });
  let model: Partial<ModelHeader> | null;
  try {
    model = JSON.parse(text);
  } catch (cause) {
    throw damagedModel(file, kind, 'something that is not JSON', cause);
  }
  if (typeof model?.kind === 'string') return model;
  throw damagedModel(file, kind, 'JSON that is no model');
}

/**
 * Reads `folder/<name>.json`, named by the kind unless told, and makes a model of it.
 *
 * @throws DataError that names the file
 */
export async function readModelAs<T>(
  folder: string,
  kind: string,
  make: (json: unknown) => T | Promise<T>,
  name = kind,
): Promise<T> {
  const json = await readModel(folder, kind, name);
  const file = modelFile(folder, name);
  try {
    return await aboutFile(file, () => make(json));
  } catch (error) {
    if (error instanceof KindredError) throw error;
    // What is of this kind and version, and yet can not be made a model of.
    throw damagedModel(file, kind, 'one that lacks a part of it', error);
  }
}

/** @throws DataError unless `model` is of this kind and version. */
export function checkHeader(model: unknown, { kind, version }: ModelHeader): asserts model is ModelHeader {
  const header = (typeof model === 'object' && model !== null ? model : {}) as Partial<ModelHeader>;
  if (header.kind !== kind) {
    const found = typeof header.kind === 'string' ? `a ${header.kind} model` : 'something else';
    throw new DataError({ expected: `a saved ${kind} model`, found });
  }
  if (header.version === version) return;
  throw new DataError({
    expected: `a ${kind} model of format ${version}`,
    found: `format ${header.version}`,
    hint: 'It was saved by another version of Kindred: fit and save the model again.',
  });
}
