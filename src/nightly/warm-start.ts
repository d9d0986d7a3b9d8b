import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { FeatureEncoder } from '../data/index.js';
import { KindredError, UsageError } from '../errors.js';
import { SegmentModel, type WarmStart } from '../segment/index.js';
import type { SegmentsConfig } from './config/segments.js';
import { customerModelHeader, loadCustomerModel } from './customer-model.js';
import { usualK } from './segment-options.js';

/** Earlier segments, and how their features were scaled where that is known. */
interface EarlierSegments {
  segments: SegmentModel;
  encoder?: FeatureEncoder;
}

/** The model of results, or of a folder that holds nothing else; of k-means alone, there is no encoder. */
async function earlierSegments(folder: string): Promise<EarlierSegments> {
  const model = join(folder, 'model');
  const place = existsSync(model) ? model : folder;
  if (existsSync(join(place, `${customerModelHeader.kind}.json`))) return loadCustomerModel(place);
  return { segments: await SegmentModel.load(place) };
}

const scalesOf = ({ features }: FeatureEncoder): string =>
  features
    .flatMap(({ columns }) => columns.map(({ name, scales }) => [name, ...scales.map(({ kind }) => kind)]))
    .join(' ');

/** In what these segments are not those that are looked for; undefined where they can be started from. */
function difference(
  { segments, encoder }: EarlierSegments,
  k: number,
  names: readonly string[],
  now: FeatureEncoder,
): { expected: string; found: string } | undefined {
  if (segments.algorithm !== 'kmeans') {
    return { expected: 'segments of the algorithm kmeans', found: `of ${segments.algorithm}` };
  }
  if (segments.k !== k) return { expected: `${k} segments`, found: `${segments.k}` };
  const before = segments.features;
  const isSame = before
    ? before.length === names.length && before.every((name, f) => name === names[f])
    : segments.featureCount === names.length;
  if (!isSame) {
    return {
      expected: `segments by ${names.join(', ')}`,
      found: `by ${before ? before.join(', ') : `${segments.featureCount} features`}`,
    };
  }
  // How far a feature is moved and stretched may change from night to night, but not by what rule.
  return encoder && scalesOf(encoder) !== scalesOf(now)
    ? { expected: 'features scaled as those of now', found: 'others' }
    : undefined;
}

/** Where k-means begins, and a sentence about it. */
export interface FirstSegments {
  /** Undefined where it begins anew. */
  from?: WarmStart;
  remark: string;
}

/**
 * The segments that k-means is to begin with, as `segments.warmStart` says.
 *
 * @param earlier the folder of the results that these take the place of, where there are any
 * @returns undefined where the configuration does not ask for it
 * @throws UsageError where the segments of a folder that was named cannot be begun with
 */
export async function firstSegments(
  { warmStart = false, k: wanted = usualK }: SegmentsConfig,
  { encoder, names }: { encoder: FeatureEncoder; names: readonly string[] },
  { earlier, baseFolder }: { earlier?: string; baseFolder: string },
): Promise<FirstSegments | undefined> {
  if (warmStart === false) return undefined;
  const k = Number(wanted);
  if (typeof warmStart === 'string') {
    const folder = resolve(baseFolder, warmStart);
    const before = await earlierSegments(folder);
    const differs = difference(before, k, names, encoder);
    if (!differs) return { from: before.segments, remark: `Started from the segments in ${folder}.` };
    throw new UsageError({
      file: folder,
      key: 'segments.warmStart',
      ...differs,
      hint: 'Name another folder, or leave warmStart out.',
    });
  }
  const anew = (because: string) => ({ remark: `Started anew, not from earlier segments: ${because}.` });
  if (earlier === undefined || !existsSync(join(earlier, 'model'))) return anew('there are none yet');
  try {
    const before = await earlierSegments(earlier);
    const differs = difference(before, k, names, encoder);
    if (differs) return anew(`expected ${differs.expected}, found ${differs.found}`);
    return { from: before.segments, remark: 'Started from the earlier segments.' };
  } catch (error) {
    if (error instanceof KindredError) return anew(error.message.replace(/\.$/, ''));
    throw error;
  }
}
