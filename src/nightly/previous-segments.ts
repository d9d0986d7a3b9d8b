import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, literal, readArrow } from '../data/index.js';
import { DataError, KindredError } from '../errors.js';
import { checkHeader, readModel } from '../model-file.js';
import { customerModelHeader } from './customer-model.js';
import type { SegmentReference } from './segment-reference.js';

/** Earlier segments, to compare with. */
export interface PreviousSegments {
  folder: string;
  reference: SegmentReference;
  /** By id, the number of the segment, -1 for noise; undefined where the customers were not kept. */
  segmentOf?: Map<string, number>;
}

async function readReference(folder: string): Promise<SegmentReference> {
  const model = join(folder, 'model');
  const json = await readModel(existsSync(model) ? model : folder, customerModelHeader.kind);
  checkHeader(json, customerModelHeader);
  const { reference } = json as { reference?: SegmentReference };
  if (reference) return reference;
  throw new DataError({
    file: model,
    expected: 'a model that can be compared with',
    found: 'one of an earlier version of Kindred',
    hint: 'It can be compared with from the next night on.',
  });
}

async function readSegments(database: Database, folder: string): Promise<Map<string, number> | undefined> {
  const at = (format: string) => join(folder, `customers.${format}`);
  const format = ['parquet', 'csv', 'arrow'].find(each => existsSync(at(each)));
  if (format === undefined) return undefined;
  const segmentOf = new Map<string, number>();
  if (format === 'arrow') {
    const table = await readArrow(at(format));
    const [ids, segments] = [table.getChild('customer'), table.getChild('segment')];
    if (!ids || !segments) return undefined;
    for (let row = 0; row < table.numRows; row++)
      segmentOf.set(String(ids.get(row)), Number(segments.get(row) ?? -1));
    return segmentOf;
  }
  const read = format === 'csv' ? 'read_csv' : 'read_parquet';
  const all = format === 'csv' ? ', all_varchar = true' : '';
  const source = `${read}(${literal(at(format))}${all})`;
  const columns = await database.rows<{ column_name: string }>(`DESCRIBE SELECT * FROM ${source}`);
  if (!columns.some(({ column_name }) => column_name === 'segment')) return undefined;
  const rows = await database.rows<{ customer: string; segment: number | null }>(
    `SELECT CAST(customer AS VARCHAR) AS customer, CAST(segment AS INTEGER) AS segment FROM ${source}`,
  );
  for (const { customer, segment } of rows) segmentOf.set(customer, segment ?? -1);
  return segmentOf;
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
      segmentOf: await readSegments(database, folder),
    };
  } catch (error) {
    if (given || !(error instanceof KindredError)) throw error;
    return undefined;
  }
}
