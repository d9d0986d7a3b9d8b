/** The kernels that are measured, in the order of the report. */
export const kernelNames = [
  'NearestCentroid',
  'CentroidUpdate',
  'LloydStep',
  'LloydSteps',
  'LloydStarts',
  'PlusPlus',
  'PlusPlusStarts',
  'FeatureMoments',
  'PairwiseDistance',
  'DistanceSums',
  'RadiusCounts',
  'KdTree',
  'NearestNeighbours',
  'CorePoints',
  'NearestMarked',
  'ConnectMarked',
  'NearestOther',
  'CosineTopK',
  'SparseCosineTopK',
  'StrongestNeighbour',
  'StrongestOwned',
  'Gram',
  'AlsStep',
] as const;

export type KernelName = (typeof kernelNames)[number];
