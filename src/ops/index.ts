export { type AlsStepAttributes, alsStep, alsStepCost } from './als-step.js';
export { centroidUpdate, centroidUpdateCost, type SegmentSums } from './centroid-update.js';
export {
  cosineTopK,
  cosineTopKCost,
  type Similarity,
  type TopKOptions,
  type TopKResult,
} from './cosine-topk.js';
export { type Cost, times } from './cost.js';
export {
  type Csr,
  type CsrTensors,
  csrTensors,
  disposeCsr,
  identityRows,
  rowSlice,
  transpose,
} from './csr.js';
export { distanceSums, distanceSumsCost } from './distance-sums.js';
export { type FeatureMomentsResult, featureMoments, featureMomentsCost } from './feature-moments.js';
export { fusedMultiplyAdds, fusedMultiplyAddsCost } from './fused-multiply-adds.js';
export { gram, gramCost } from './gram.js';
export {
  type LloydStartsInputs,
  type LloydStartsResult,
  lloydStarts,
  lloydStartsCost,
} from './lloyd-starts.js';
export { type LloydStepResult, lloydStep, lloydStepCost } from './lloyd-step.js';
export {
  type LloydStepsInputs,
  type LloydStepsOptions,
  type LloydStepsResult,
  lloydSteps,
  lloydStepsCost,
} from './lloyd-steps.js';
export { type Metric, metrics } from './metrics.js';
export { type NearestCentroidResult, nearestCentroid, nearestCentroidCost } from './nearest-centroid.js';
export { type NearestLabelResult, nearestLabel, nearestLabelCost } from './nearest-label.js';
export {
  type DistanceBlock,
  type DistanceBlocksOptions,
  pairwiseDistance,
  pairwiseDistanceBlocks,
  pairwiseDistanceCost,
} from './pairwise-distance.js';
export { plusPlus, plusPlusCost } from './plus-plus.js';
export { plusPlusStarts } from './plus-plus-starts.js';
export { radiusCounts, radiusCountsCost } from './radius-neighbours.js';
export { columnsTopKCost, sparseCosineTopK, sparseCosineTopKCost } from './sparse-cosine-topk.js';
export { streamCopy, streamCopyCost } from './stream-copy.js';
export { likersOf, strongestNeighbour, strongestNeighbourCost } from './strongest-neighbour.js';
export { strongestOwned, strongestOwnedCost } from './strongest-owned.js';
