/** The kernels that are measured, in the order of the report. */
export const kernelNames = [
  'NearestCentroid',
  'NearestLabel',
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

/**
 * Kernels of single devices that have no case, by the one whose case stands for them. `RadiusList` of graphics cards is
 * the pass of `RadiusCounts` once more, which then writes down whom it counts; `RadiusMarks` of the addon is the same
 * function, which then also keeps a bit of each pair. What either adds depends on the neighbours that there are alone.
 */
export const coveredBy: Record<string, (typeof kernelNames)[number]> = {
  RadiusList: 'RadiusCounts',
  RadiusMarks: 'RadiusCounts',
};

export type KernelName = (typeof kernelNames)[number];
