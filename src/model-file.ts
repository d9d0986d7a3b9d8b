import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from './data/replace-file.js';
import { DataError } from './errors.js';

/** What every saved model begins with. */
export interface ModelHeader {
  /** What it is, such as `k-means`. */
  kind: string;
  /** Version of the file's format; a reader refuses others. */
  version: number;
}

/** Writes `folder/<name>.json`; its name is the kind unless told. */
export async function writeModel(folder: string, model: ModelHeader, name = model.kind): Promise<void> {
  await replaceFile(join(folder, `${name}.json`), file => writeFile(file, `${JSON.stringify(model)}\n`));
}

/**
 * Reads `folder/<name>.json`, named by the kind unless told; its content is yet to be checked by {@link checkHeader}.
 *
 * @throws DataError if there is no such file or it is no model.
 */
export async function readModel(folder: string, kind: string, name = kind): Promise<unknown> {
  const file = join(folder, `${name}.json`);
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new DataError({
      file,
      expected: `a saved ${kind} model`,
      found: cause.code === 'ENOENT' ? 'no such file' : cause.message,
      hint: 'Give the folder that a model was saved to.',
      cause,
    });
  });
  const damaged = (found: string, cause?: unknown) =>
    new DataError({
      file,
      expected: `a saved ${kind} model`,
      found,
      hint: 'The file is damaged: save the model again.',
      cause,
    });
  let model: Partial<ModelHeader> | null;
  try {
    model = JSON.parse(text);
  } catch (cause) {
    throw damaged('something that is not JSON', cause);
  }
  if (typeof model?.kind === 'string') return model;
  throw damaged('JSON that is no model');
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
