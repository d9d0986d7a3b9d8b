export type { Features } from './batches.js';
export type { FitOptions, Segmentation } from './fit.js';
export type { Iteration } from './iterate.js';
export { KMeans, type KMeansJson } from './kmeans.js';
export type { KMeansOptions, KMeansSettings } from './kmeans-options.js';
export {
  type Distinction,
  type FeatureProfile,
  type ProfileInput,
  profileSegments,
  type RawFeature,
  type SegmentProfile,
} from './profile.js';
