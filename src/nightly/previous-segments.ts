import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from '../data/index.js';
import { DataError } from '../errors.js';
import { checkHeader, readModelAs } from '../model-file.js';
import { customerModelHeader } from './customer-model.js';
import { type PreviousCustomers, previousCustomers } from './previous-customers.js';
import type { SegmentReference } from './segment-reference.js';

/** Earlier segments, to compare with. */
export interface PreviousSegments {
  folder: string;
  reference: SegmentReference;
  /** Undefined where they were not kept. */
  customers?: PreviousCustomers;
}

async function readReference(folder: string): Promise<SegmentReference> {
  const model = join(folder, 'model');
  const saved = existsSync(model) ? model : folder;
  const { reference } = await readModelAs(saved, customerModelHeader.kind, json => {
    checkHeader(json, customerModelHeader);
    return json as { reference?: SegmentReference };
  });
  if (reference) return reference;
  throw new DataError({
    file: model,
    expected: 'a model that can be compared with',
    found: 'one of an earlier version of Kindred',
    hint: 'It can be compared with from the next night on.',
  });
}

/**
 * The segments of earlier results.
 *
 * @param given whether the folder was named: what can not be read is then an error; elsewhere there is nothing to
 * compare with.
 */
export async function previousSegments(
  database: Database,
  folder: string,
  given: boolean,
): Promise<PreviousSegments | undefined> {
  try {
    if (!given && !existsSync(join(folder, 'model', `${customerModelHeader.kind}.json`))) return undefined;
    return {
      folder,
      reference: await readReference(folder),
      customers: await previousCustomers(database, folder),
    };
  } catch (error) {
    if (given || !(error instanceof DataError)) throw error;
    return undefined;
  }
}
