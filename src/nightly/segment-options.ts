import type { SegmentOptions } from '../segment/index.js';
import type { SegmentsConfig } from './config/segments.js';

/** Segments found unless the configuration says how many. */
const usualK = 5;

/** What the algorithm of the configuration is to be told. */
export function segmentOptions(segments: SegmentsConfig): SegmentOptions {
  const { algorithm, k = usualK, minimumPoints, metric } = segments;
  switch (algorithm) {
    case 'kmeans': {
      const { init, starts, maxIterations, tolerance, exchange } = segments;
      return { algorithm, k: k === 'auto' ? {} : k, init, starts, maxIterations, tolerance, exchange };
    }
    case 'dbscan':
      return { algorithm, radius: segments.radius ?? 'auto', minimumPoints, metric };
    case 'hdbscan':
      return { algorithm, minimumSize: segments.minimumSize, minimumPoints, metric };
    case 'hierarchical': {
      const { linkage, height } = segments;
      return { algorithm, linkage, cut: height === undefined ? { k: Number(k) } : { height } };
    }
  }
}
