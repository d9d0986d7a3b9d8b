import * as tf from '@tensorflow/tfjs-core';
import { batchesOf, readBatches } from './batches.js';
import { distinctCustomers } from './candidates.js';
import { type LinkageMethod, linkage, type Merges } from './hierarchical/index.js';
import { KMeans } from './kmeans.js';

/** Customers above whom a hierarchy is one of micro-clusters: time and, for some linkages, memory grow with the square. */
const mostCustomers = 20_000;

/** Enough to give every shape of a segment several. */
const mostMicroClusters = 2000;

export interface LinkCustomersOptions {
  method: LinkageMethod;
  seed?: number;
  features?: readonly string[];
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

export interface LinkedCustomers {
  /** Of the customers, or of micro-clusters of them. */
  merges: Merges;
  /** Undefined where each customer stands for themselves. */
  microClusters?: number;
  /** `[microClusters]`, customers of each. */
  microSizes?: readonly number[];
  /** `[customers]`, from the labels of what was merged. */
  labelOf(labels: Int32Array): Int32Array;
}

/**
 * Hierarchical clustering of any number of customers: of many, of the centroids of micro-clusters that k-means finds,
 * weighted by their customers.
 */
export async function linkCustomers(
  x: tf.Tensor2D,
  { method, seed = 0, features, onProgress, signal }: LinkCustomersOptions,
): Promise<LinkedCustomers> {
  const customers = x.shape[1];
  if (customers <= mostCustomers) {
    const merges = await linkage(x, { method, features, onProgress, signal });
    return { merges, labelOf: labels => labels };
  }
  const batches = batchesOf(x);
  const distinct = distinctCustomers(await readBatches(batches), batches.features, mostMicroClusters);
  const microClusters = distinct.length / batches.features;
  const micro = new KMeans({ k: microClusters, starts: 1, maxIterations: 20, exchange: false, seed });
  await micro.fit(x, { features, signal });
  const centroids = tf.tidy(() =>
    tf.transpose<tf.Tensor2D>(tf.tensor2d(micro.centroids, [microClusters, micro.featureCount])),
  );
  try {
    const weights = micro.sizes;
    const merges = await linkage(centroids, { method, weights, features, onProgress, signal });
    return {
      merges,
      microClusters,
      microSizes: Array.from(weights),
      labelOf: labels => micro.labels.map(cluster => labels[cluster]),
    };
  } finally {
    centroids.dispose();
  }
}
