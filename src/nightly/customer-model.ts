import { FeatureEncoder } from '../data/index.js';
import { checkHeader, readModel, writeModel } from '../model-file.js';
import { KMeans } from '../segment/kmeans.js';
import type { Config } from './config/index.js';
import { publicSources } from './passwords.js';

/** Everything that scoring new customers needs: how to read and clean them, their features, the segments. */
export interface CustomerModel {
  sources: Config['sources'];
  encoder: FeatureEncoder;
  kmeans: KMeans;
  /** `[k]`, readable names of the segments. */
  segmentNames: string[];
}

/** Name of its file, `customers.json`, and what it begins with. */
export const customerModelHeader = { kind: 'customers', version: 1 } as const;

/** Writes the model into a folder: `customers.json` beside the model of the segments. */
export async function saveCustomerModel(folder: string, model: CustomerModel): Promise<void> {
  const { sources, encoder, kmeans, segmentNames } = model;
  await kmeans.save(folder);
  await writeModel(folder, {
    ...customerModelHeader,
    sources: publicSources(sources),
    segmentNames,
    encoder: encoder.toJSON(),
  } as typeof customerModelHeader);
}

/** @throws DataError if the folder holds no such model, or one of another version. */
export async function loadCustomerModel(folder: string): Promise<CustomerModel> {
  const json = await readModel(folder, customerModelHeader.kind);
  checkHeader(json, customerModelHeader);
  const { sources, segmentNames, encoder } = json as unknown as {
    sources: Config['sources'];
    segmentNames: string[];
    encoder: Parameters<typeof FeatureEncoder.fromJSON>[0];
  };
  return {
    sources,
    segmentNames,
    encoder: FeatureEncoder.fromJSON(encoder),
    kmeans: await KMeans.load(folder),
  };
}
