import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readModelArrays, writeModelArrays } from '../../model-arrays.js';
import { aboutFile, checkHeader, modelFile } from '../../model-file.js';
import type { ItemAttributes } from '../../recommend/item-attributes.js';
import { stemOf } from '../../recommend/saved-recommender.js';
import { partsOf, type RecommendationsConfig } from '../config/recommendations.js';
import { versions } from '../manifest.js';
import type { BlendWeights } from '../recommend/fit.js';
import type { RuleFigures } from '../recommend/rule-figures.js';

/** What the models of a night do not say of it, and nights between full ones need to know. */
export interface FullNight {
  versions: Record<string, string>;
  blend: BlendWeights;
  /** `[items]`, hashes of their descriptions, where something is recommended by content. */
  described?: Int32Array;
  rules?: RuleFigures;
}

const header = { kind: 'incremental', version: 1 } as const;

/** Where the model of the last full night stands beside that of a night on top of it. */
const sinceName = 'since';

/** Name of the file of hashes of the customers, see `CustomerRows`. */
export const customersFile = 'customer-rows.parquet';

/** Versions of whatever could make another model of the same data. */
export function fullVersions(): Record<string, string> {
  const { kindred, tensorflow } = versions();
  return { kindred, tensorflow };
}

/** Writes `incremental.json` beside the models of a full night. */
export async function saveFullNight(folder: string, { blend, ...night }: FullNight): Promise<void> {
  await writeModelArrays(folder, header.kind, {
    ...header,
    ...night,
    blend: { ...blend, weights: [...blend.weights] },
  } as typeof header);
}

/** @throws DataError where there is none, or one of another version */
export async function loadFullNight(folder: string): Promise<FullNight> {
  const night = await readModelArrays(folder, header.kind, header.kind);
  await aboutFile(modelFile(folder, header.kind), () => checkHeader(night, header));
  return night as unknown as FullNight;
}

/** The folder with the model of the last full night, beside the model of the published one. */
export function fullModel(published: string): string {
  const since = join(published, 'model', sinceName);
  return existsSync(since) ? since : join(published, 'model');
}

/** Recommenders that are taken from, or compared with, those of the last full night. */
export function fullParts(config: RecommendationsConfig): string[] {
  return partsOf(config).filter(name => !['customer', 'content', 'attributes'].includes(name));
}

/** Carries the model of the last full night on beside the one of this night. */
export function carryFullModel(full: string, model: string, config: RecommendationsConfig): void {
  const folder = join(model, sinceName);
  mkdirSync(folder, { recursive: true });
  const stems = [header.kind, 'recommender', ...fullParts(config).map(stemOf)];
  for (const file of readdirSync(full)) {
    if (stems.includes(file.replace(/\.(json|bin)$/, ''))) copyFileSync(join(full, file), join(folder, file));
  }
}

function hashOf(what: unknown): number {
  return createHash('sha256').update(JSON.stringify(what)).digest().readInt32LE(0);
}

/** Hashes of the descriptions of items. */
export function describedHashes(
  { texts = {}, categories = {}, numbers = {} }: ItemAttributes,
  items: number,
): Int32Array {
  const columns = Object.entries({ ...texts, ...categories, ...numbers });
  return Int32Array.from({ length: items }, (_, item) =>
    hashOf(columns.map(([name, values]) => [name, values[item] ?? null])),
  );
}
