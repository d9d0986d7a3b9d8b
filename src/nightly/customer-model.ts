import { FeatureEncoder } from '../data/index.js';
import { checkHeader, readModelAs, writeModel } from '../model-file.js';
import { SegmentModel } from '../segment/index.js';
import type { Config } from './config/index.js';
import { publicSources } from './passwords.js';
import type { SegmentReference } from './segment-reference.js';

/** Everything that scoring new customers needs: how to read and clean them, their features, the segments. */
export interface CustomerModel {
  sources: Config['sources'];
  encoder: FeatureEncoder;
  segments: SegmentModel;
  /** `[k]`, readable names of the segments. */
  segmentNames: string[];
  /** What later segments are compared with. */
  reference?: SegmentReference;
}

/** Name of its file, `customers.json`, and what it begins with. */
export const customerModelHeader = { kind: 'customers', version: 1 } as const;

/** Writes the model into a folder: `customers.json` beside the model of the segments. */
export async function saveCustomerModel(folder: string, model: CustomerModel): Promise<void> {
  const { sources, encoder, segments, segmentNames, reference } = model;
  await segments.save(folder);
  await writeModel(folder, {
    ...customerModelHeader,
    sources: publicSources(sources),
    segmentNames,
    encoder: encoder.toJSON(),
    reference,
  } as typeof customerModelHeader);
}

/** @throws DataError if the folder holds no such model, or one of another version. */
export async function loadCustomerModel(folder: string): Promise<CustomerModel> {
  return readModelAs(folder, customerModelHeader.kind, async json => {
    checkHeader(json, customerModelHeader);
    const { sources, segmentNames, encoder, reference } = json as unknown as {
      sources: Config['sources'];
      segmentNames: string[];
      encoder: Parameters<typeof FeatureEncoder.fromJSON>[0];
      reference?: SegmentReference;
    };
    return {
      sources,
      segmentNames,
      reference,
      encoder: FeatureEncoder.fromJSON(encoder),
      segments: await SegmentModel.load(folder),
    };
  });
}
