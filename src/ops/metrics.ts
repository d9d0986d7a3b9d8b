/** In the order of the numbers by which the kernels know them. */
export const metrics = ['squared-euclidean', 'euclidean', 'manhattan', 'cosine', 'correlation'] as const;

export type Metric = (typeof metrics)[number];
