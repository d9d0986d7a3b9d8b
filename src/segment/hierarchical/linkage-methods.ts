/**
 * How far apart two clusters are: the distance of their nearest customers (`single`), of their farthest
 * (`complete`), the mean of all their distances (`average`), or how much their merger adds to the sum of squared
 * distances from the centroids (`ward`).
 */
export type LinkageMethod = 'single' | 'complete' | 'average' | 'ward';

export const linkageMethods: readonly LinkageMethod[] = ['single', 'complete', 'average', 'ward'];
