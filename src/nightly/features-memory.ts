import { bytesOfSize, bytesPerFeature, type CustomerFeatures } from '../data/index.js';
import type { Config } from './config/index.js';
import { leastMemory, memoryShares } from './memory-shares.js';

/**
 * Bytes that the features of all customers may take in memory: k-means reads those that are more from disk, the other
 * algorithms need all of them at hand.
 */
export function featuresMemory({ segments, memory }: Pick<Config, 'segments' | 'memory'>): number {
  const canStream = segments !== false && segments.algorithm === 'kmeans';
  return canStream ? memoryShares(memory).features : Number.POSITIVE_INFINITY;
}

/** What there is to say of where the features were, and of memory that could not be enough. */
export function memoryRemarks(
  { segments, memory }: Pick<Config, 'segments' | 'memory'>,
  { rows, columns, values }: CustomerFeatures,
): string[] {
  if (segments === false) return [];
  const remarks: string[] = [];
  const bytes = bytesPerFeature * rows * columns;
  const size = bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${Number((bytes / 1e9).toPrecision(1))} GB`;
  const given = bytesOfSize(memory);
  if (!values) {
    const correlation = segments.correlation ? ' Correlations are those of a sample.' : '';
    remarks.push(
      `The features of all customers take ${size}, too much for ${memory} of memory: they were read from disk, batch by batch.${correlation}`,
    );
  }
  if (values && segments.algorithm !== 'kmeans' && bytes > given) {
    remarks.push(
      `The algorithm ${segments.algorithm} needs the features of all customers in memory, ${size}, which is more than the ${memory} of it; kmeans does not.`,
    );
  } else if (given < leastMemory) {
    remarks.push(
      `Segments need ${Math.ceil(leastMemory / 1e7) * 10} MB of memory, more than the ${memory} that it may take.`,
    );
  }
  return remarks;
}
