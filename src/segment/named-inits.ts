/** How k-means can choose its first centroids itself. */
export const namedInits = ['k-means++', 'k-means||', 'random'] as const;

export type NamedInit = (typeof namedInits)[number];
