import type { SegmentFindings } from './segment-findings.js';

/** What was found about segments as one plain object, for `--json`; tables of customers are left to the files. */
export function segmentReport(segments: SegmentFindings): object {
  const { model, kmeans, density, hierarchy, choice, drift, correlations } = segments;
  return {
    algorithm: model.algorithm,
    k: model.k,
    ...kmeans,
    sizes: model.sizes,
    centroids: model.centroidRows(),
    quality: segments.quality,
    remarks: segments.remarks,
    profiles: segments.profiles,
    noise: segments.noise,
    conditions: { fidelity: segments.fidelity },
    choice,
    density: density && {
      radius: density.radius,
      core: density.core,
      suggested: density.suggested !== undefined,
    },
    hierarchy: hierarchy && {
      linkage: hierarchy.linkage,
      cutHeight: hierarchy.cutHeight,
      microClusters: hierarchy.microClusters,
      // The mergers that are seen in the dendrogram.
      lastHeights: Array.from(hierarchy.merges.heights.slice(-29)),
    },
    correlations: correlations && {
      method: correlations.method,
      features: correlations.features,
      values: rows(correlations.values, correlations.features.length),
    },
    drift: drift?.report,
  };
}

function rows(values: Float32Array, width: number): number[][] {
  return Array.from({ length: values.length / width }, (_, row) =>
    Array.from(values.subarray(row * width, (row + 1) * width)),
  );
}
