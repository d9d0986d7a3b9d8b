import type { SegmentOptions, WarmStart } from '../segment/index.js';
import type { SegmentsConfig } from './config/segments.js';

/** Segments found unless the configuration says how many. */
export const usualK = 5;

/**
 * What the algorithm of the configuration is to be told.
 *
 * @param first what k-means begins with, instead of what it would choose
 */
export function segmentOptions(segments: SegmentsConfig, first?: WarmStart): SegmentOptions {
  const { algorithm, k = usualK, minimumPoints, metric } = segments;
  switch (algorithm) {
    case 'kmeans': {
      const { init, oversampling, rounds, batchSize, starts, maxIterations, tolerance, exchange } = segments;
      const chosen = { oversampling, rounds, batchSize, starts, maxIterations, tolerance, exchange };
      return { algorithm, k: k === 'auto' ? {} : k, init: first ?? init, ...chosen };
    }
    case 'dbscan':
      return { algorithm, radius: segments.radius ?? 'auto', minimumPoints, metric };
    case 'hdbscan':
      return { algorithm, minimumSize: segments.minimumSize, minimumPoints, metric };
    case 'hierarchical': {
      const { linkage, height } = segments;
      return { algorithm, linkage, cut: height === undefined ? { k: k === 'auto' ? {} : k } : { height } };
    }
  }
}
