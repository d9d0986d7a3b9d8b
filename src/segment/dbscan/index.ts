export { Dbscan, type DbscanFitOptions, type DbscanJson, type DensityAssignment } from './dbscan.js';
export type { DbscanOptions, DbscanSettings, DensityMetric } from './options.js';
export { type SuggestedRadius, type SuggestRadiusOptions, suggestRadius } from './suggest-radius.js';
