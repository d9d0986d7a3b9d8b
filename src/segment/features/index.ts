export {
  type CorrelationMethod,
  type CorrelationOptions,
  correlateCustomers,
  correlateFeatures,
} from './correlation.js';
export { type FeatureScore, type ScoreFeaturesOptions, scoreFeatures } from './score-features.js';
export {
  type FeatureMerit,
  type SelectedFeature,
  type SelectFeaturesOptions,
  selectFeatures,
} from './select-features.js';
