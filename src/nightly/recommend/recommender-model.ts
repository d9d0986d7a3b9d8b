import { FeatureEncoder } from '../../data/index.js';
import { checkHeader, readModelAs, writeModel } from '../../model-file.js';
import { loadRecommender, type Recommender, saveRecommender } from '../../recommend/index.js';
import type { Config } from '../config/index.js';
import type { RecommendationsConfig } from '../config/recommendations.js';
import { publicSources } from '../passwords.js';

/** Groups of customers with favourites of their own, as a model knows them. */
export interface ModelCircles {
  /** The recommender that they are for: `segment`, `popular-in-country`. */
  part: string;
  names: readonly string[];
  firstNumber: number;
}

/** Everything that recommending to customers whom the night has not seen needs. */
export interface RecommenderModel {
  sources: Config['sources'];
  /** Ids of the items, in the order of their numbers, and their readable names. */
  items: readonly string[];
  names: readonly string[];
  circles: readonly ModelCircles[];
  /** Numbers of the items that the rules let nobody have. */
  denied: readonly number[];
  /** How customers are told apart by their attributes, where the chain asks for it. */
  encoder?: FeatureEncoder;
  config: RecommendationsConfig;
  recommender: Recommender;
}

/** Name of its file, `recommender.json`, and what it begins with. */
export const recommenderModelHeader = { kind: 'recommender', version: 1 } as const;

/**
 * Writes the model into a folder: `recommender.json`, `chain.json` and the recommenders of the chain.
 *
 * @param saved names of recommenders that are there already
 */
export async function saveRecommenderModel(
  folder: string,
  { recommender, encoder, sources, ...model }: RecommenderModel,
  saved?: ReadonlySet<string>,
): Promise<void> {
  await saveRecommender(folder, recommender, { name: 'chain', items: model.items, saved });
  await writeModel(folder, {
    ...recommenderModelHeader,
    ...model,
    sources: publicSources(sources),
    encoder: encoder?.toJSON(),
  } as typeof recommenderModelHeader);
}

/** What `recommender.json` itself holds. @throws DataError if the folder holds no such model of this version. */
export async function readRecommenderModel(folder: string): Promise<Omit<RecommenderModel, 'recommender'>> {
  return readModelAs(folder, recommenderModelHeader.kind, json => {
    checkHeader(json, recommenderModelHeader);
    const { encoder, ...model } = json as unknown as Omit<RecommenderModel, 'recommender'>;
    return { ...model, encoder: encoder && FeatureEncoder.fromJSON(encoder) };
  });
}

/** @throws DataError if the folder holds no such model, or its files are not of one catalogue. */
export async function loadRecommenderModel(folder: string): Promise<RecommenderModel> {
  const model = await readRecommenderModel(folder);
  return { ...model, recommender: await loadRecommender(folder, { name: 'chain', items: model.items }) };
}
