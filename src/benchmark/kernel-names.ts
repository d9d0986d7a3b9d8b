/** The kernels that are measured, in the order of the report. */
export const kernelNames = [
  'NearestCentroid',
  'CentroidUpdate',
  'LloydStep',
  'LloydSteps',
  'PlusPlus',
  'FeatureMoments',
  'PairwiseDistance',
  'CosineTopK',
  'SparseCosineTopK',
] as const;

export type KernelName = (typeof kernelNames)[number];
