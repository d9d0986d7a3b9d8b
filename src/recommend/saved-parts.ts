import { createHash } from 'node:crypto';
import { DataError } from '../errors.js';
import { readModelArrays, writeModelArrays } from '../model-arrays.js';
import { aboutFile, checkHeader, modelFile } from '../model-file.js';

/** Version of the files of all recommenders. */
const version = 2;

export interface SaveOptions {
  /** Stem of the files; the kind of the recommender unless told. */
  name?: string;
  /** Ids of the items, in the order of their numbers: which catalogue the model is of. */
  items?: readonly string[];
}

export interface LoadOptions extends SaveOptions {
  /** Ids of the items that the model has to be of; not looked at unless told. */
  items?: readonly string[];
}

/** Which items there are, in which order: two catalogues have the same version where these are the same. */
interface Catalogue {
  version: string;
  items: number;
}

function catalogueOf(items: readonly string[]): Catalogue {
  const hash = createHash('sha256');
  for (const id of items) hash.update(`${id.length}:${id}`);
  return { version: hash.digest('hex').slice(0, 12), items: items.length };
}

const inWords = ({ version: name, items }: Catalogue) => `${name} (${items.toLocaleString('en-US')} items)`;

/** @throws DataError where a model is of another version of the catalogue than that of these items. */
function checkCatalogueVersion(saved: Catalogue | undefined, items: readonly string[]): void {
  const wanted = catalogueOf(items);
  if (saved?.version === wanted.version) return;
  throw new DataError({
    expected: `a model of the catalogue ${inWords(wanted)}`,
    found: saved
      ? `one of the catalogue ${inWords(saved)}`
      : 'one that does not say of which catalogue it is',
    hint: 'Items came or went since the model was fitted: fit it again.',
  });
}

/** Writes the parts of a recommender: `folder/<name>.json` and, beside it, its numbers in `<name>.bin`. */
export async function saveParts(
  folder: string,
  kind: string,
  parts: object,
  { name = kind, items }: SaveOptions = {},
): Promise<void> {
  const catalogue = items && catalogueOf(items);
  await writeModelArrays(folder, name, { kind, version, catalogue, ...parts } as {
    kind: string;
    version: number;
  });
}

/**
 * Reads what {@link saveParts} wrote.
 *
 * @throws DataError where there is no such recommender, or one of another version of the format or of the catalogue.
 */
export async function loadParts<Parts>(
  folder: string,
  kind: string,
  { name = kind, items }: LoadOptions = {},
): Promise<Parts> {
  const model = await readModelArrays(folder, name, kind);
  await aboutFile(modelFile(folder, name), () => {
    checkHeader(model, { kind, version });
    if (items) checkCatalogueVersion((model as { catalogue?: Catalogue }).catalogue, items);
  });
  return model as Parts;
}
