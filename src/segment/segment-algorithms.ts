/** How segments can be found. */
export const segmentAlgorithms = ['kmeans', 'dbscan', 'hdbscan', 'hierarchical'] as const;

export type SegmentAlgorithm = (typeof segmentAlgorithms)[number];
