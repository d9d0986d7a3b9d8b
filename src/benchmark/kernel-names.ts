/** The kernels that are measured, in the order of the report. */
export const kernelNames = [
  'NearestCentroid',
  'CentroidUpdate',
  'LloydStep',
  'LloydSteps',
  'PlusPlus',
  'FeatureMoments',
  'PairwiseDistance',
  'DistanceSums',
  'RadiusCounts',
  'CosineTopK',
  'SparseCosineTopK',
  'Gram',
  'AlsStep',
] as const;

export type KernelName = (typeof kernelNames)[number];
