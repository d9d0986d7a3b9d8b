export type { Features } from './batches.js';
export { type CategoryColumn, type CategoryProfile, profileCategories } from './category-profile.js';
export * from './choose-k/index.js';
export * from './dbscan/index.js';
export {
  type DescribedSegment,
  type DescribeInput,
  describeSegments,
  type NoiseProfile,
  type SegmentDescription,
} from './describe-segments.js';
export * from './drift/index.js';
export * from './explain/index.js';
export * from './features/index.js';
export type {
  FindOptions,
  FoundHierarchy,
  FoundModel,
  FoundSegments,
  KChoice,
  SegmentOptions,
} from './find-options.js';
export { findSegments } from './find-segments.js';
export type { FitOptions, Segmentation } from './fit.js';
export type { StreamFitOptions } from './fit-stream.js';
export * from './hdbscan/index.js';
export * from './hierarchical/index.js';
export type { Iteration } from './iterate.js';
export { KMeans, type KMeansJson } from './kmeans.js';
export type { KMeansOptions, KMeansSettings, WarmStart } from './kmeans-options.js';
export { type ProfileInput, profileSegments, type RawFeature } from './profile.js';
export { type ActionCondition, type ActionRule, suggestActions, usualActions } from './segment-actions.js';
export { type SegmentAlgorithm, segmentAlgorithms } from './segment-algorithms.js';
export { type SegmentAssignment, SegmentModel, type SegmentModelParts } from './segment-model.js';
export type { Distinction, FeatureProfile, SegmentProfile } from './segment-profile.js';
export { type CustomerBatch, type CustomerStream, sampleStream } from './visit.js';
