export type { Features } from './batches.js';
export * from './choose-k/index.js';
export * from './dbscan/index.js';
export * from './features/index.js';
export type { FitOptions, Segmentation } from './fit.js';
export type { StreamFitOptions } from './fit-stream.js';
export * from './hdbscan/index.js';
export * from './hierarchical/index.js';
export type { Iteration } from './iterate.js';
export { KMeans, type KMeansJson } from './kmeans.js';
export type { KMeansOptions, KMeansSettings, WarmStart } from './kmeans-options.js';
export {
  type Distinction,
  type FeatureProfile,
  type ProfileInput,
  profileSegments,
  type RawFeature,
  type SegmentProfile,
} from './profile.js';
export type { CustomerBatch, CustomerStream } from './visit.js';
