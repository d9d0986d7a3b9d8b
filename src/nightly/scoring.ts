import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../errors.js';
import type { Config } from './config/index.js';
import { type CustomerModel, customerModelHeader, loadCustomerModel } from './customer-model.js';
import {
  loadRecommenderModel,
  type RecommenderModel,
  recommenderModelHeader,
} from './recommend/recommender-model.js';
import type { StageName } from './stage.js';
import { loadValueModel, type ValueModel, valueModelHeader } from './value-model.js';

type Sources = Config['sources'];
type Source = Sources[string];

/** Outliers are told by who else is in the table: new customers are taken as they come. */
function withoutOutliers(source: Source): Source {
  return { ...source, clean: source.clean?.filter(step => !('outliers' in step)) };
}

/** The sources that the features of a model come from, and the table of customers where there is one. */
export function scoringSources(sources: Sources, { encoder }: Pick<CustomerModel, 'encoder'>): Sources {
  const needed = new Set(['customers', ...encoder.features.map(({ source }) => source)]);
  return Object.fromEntries(
    Object.entries(sources)
      .filter(([name]) => needed.has(name))
      .map(([name, source]) => [name, withoutOutliers(source)]),
  );
}

/** The models in a folder, as far as there are any: by what customers are segmented, valued and recommended to. */
export interface ScoringModels {
  model?: CustomerModel;
  valueModel?: ValueModel;
  recommenderModel?: RecommenderModel;
}

/**
 * Reads the models of a folder.
 *
 * @param isOneInput whether there is but one table to score: beside segments, values then are left out, as they need purchases
 * @throws DataError where there is none, or one of another version
 */
export async function loadScoringModels(folder: string, isOneInput: boolean): Promise<ScoringModels> {
  const has = ({ kind }: { kind: string }) => existsSync(join(folder, `${kind}.json`));
  const [hasValues, hasRecommender] = [has(valueModelHeader), has(recommenderModelHeader)];
  const isNeeded = has(customerModelHeader) || !(hasValues || hasRecommender);
  const model = isNeeded ? await loadCustomerModel(folder) : undefined;
  const valueModel = hasValues && !(model && isOneInput) ? await loadValueModel(folder) : undefined;
  const recommenderModel = hasRecommender ? await loadRecommenderModel(folder) : undefined;
  return { model, valueModel, recommenderModel };
}

/** What is to be done by these models. */
export function stagesOf({ model, valueModel, recommenderModel }: ScoringModels): StageName[] {
  return [
    ...(model ? (['score'] as const) : []),
    ...(valueModel ? (['scoreValues'] as const) : []),
    ...(recommenderModel ? (['scoreRecommendations'] as const) : []),
  ];
}

/** The sources that say who customers are and what they have: of one table alone the one that says most. */
function shopSources({ sources }: RecommenderModel, model: CustomerModel | undefined): Sources {
  if (model) return {};
  const there = ['customers', 'transactions'].filter(name => name in sources);
  return Object.fromEntries(there.map(name => [name, withoutOutliers(sources[name])]));
}

/**
 * The sources that these models need.
 *
 * @param isOneInput whether there is but one table to score
 */
export function sourcesOf(
  { model, valueModel, recommenderModel }: ScoringModels,
  isOneInput: boolean,
): Sources {
  const purchases = Object.entries(valueModel?.sources ?? {}).map(([name, source]) => [
    name,
    withoutOutliers(source),
  ]);
  return {
    ...(recommenderModel && shopSources(recommenderModel, isOneInput ? model : undefined)),
    ...Object.fromEntries(purchases),
    ...(model && scoringSources(model.sources, model)),
  };
}

/**
 * The sources of a model with other files in the place of its own.
 *
 * @param changes what else is different: the files, their format, names of columns; steps of cleaning come after the model's
 * @throws UsageError where the model has several sources, of which it is not known which one is meant
 */
export function replaceInput(sources: Sources, changes: Partial<Source>): Sources {
  const [name, ...others] = Object.keys(sources);
  if (others.length > 0) {
    throw new UsageError({
      expected: `--data with the folder of ${Object.keys(sources).join(', ')}, from all of which the model has its features`,
      found: 'a single input',
      hint: 'Lay the files out as for the model and give their folder, or name one with --set sources.NAME.path=FILE.',
    });
  }
  const { format: _, ...source } = sources[name];
  const columns = { ...source.columns, ...changes.columns };
  const clean = [...(source.clean ?? []), ...(changes.clean ?? [])];
  return { [name]: { ...source, ...changes, columns, clean } };
}
