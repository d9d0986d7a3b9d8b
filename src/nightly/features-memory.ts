import { bytesOfSize, bytesPerFeature, type CustomerFeatures } from '../data/index.js';
import type { Config } from './config/index.js';
import { memoryShares } from './memory-shares.js';

/**
 * Bytes that the features of all customers may take in memory: k-means reads those that are more from disk, the other
 * algorithms need all of them at hand.
 */
export function featuresMemory({ segments, memory }: Pick<Config, 'segments' | 'memory'>): number {
  const canStream = segments !== false && segments.algorithm === 'kmeans';
  return canStream ? memoryShares(memory).features : Number.POSITIVE_INFINITY;
}

/** What there is to say of where the features were; undefined where they were in memory and fitted into it. */
export function memoryRemark(
  { segments, memory }: Pick<Config, 'segments' | 'memory'>,
  { rows, columns, values }: CustomerFeatures,
): string | undefined {
  if (segments === false) return undefined;
  const bytes = bytesPerFeature * rows * columns;
  const size = `${Number((bytes / 1e9).toPrecision(1))} GB`;
  if (!values) {
    const correlation = segments.correlation ? ' Correlations are those of a sample.' : '';
    return `The features of all customers take ${size}, too much for ${memory} of memory: they were read from disk, batch by batch.${correlation}`;
  }
  return bytes > bytesOfSize(memory)
    ? `The algorithm ${segments.algorithm} needs the features of all customers in memory, ${size} beside the ${memory} of the data engine; kmeans does not.`
    : undefined;
}
