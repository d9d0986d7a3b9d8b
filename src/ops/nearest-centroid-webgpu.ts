import type * as tf from '@tensorflow/tfjs-core';
import type { KernelBackend, TensorWindow } from '../device/webgpu/backend.js';
import { inColumnParts } from './column-parts.js';
import { evenTile } from './tile.js';

/** Up to here all distances of a customer fit in the registers of one thread of a graphics card. */
export const directUpTo = 32;

/** Numbers of the tiles that 16 KiB of workgroup memory hold. */
const tileNumbers = 4096;

/** Customers of a workgroup of the filter, and bytes of workgroup memory that it takes. */
const filterTile = 64;
const filterBytes = 27 << 10;

/** Whether to look for candidates in float16 first: on matrix units, where there is enough for them to do. */
function filterPays({ shape: [k, features] }: tf.TensorInfo, { variants, device }: KernelBackend): boolean {
  const fits = device.limits.maxComputeWorkgroupStorageSize >= filterBytes;
  return variants.includes('matrix') && fits && k >= 128 && features >= 32;
}

interface SearchResults<T = tf.TensorInfo> {
  labels: T;
  distances?: T;
  /** Not 0 where there is nothing to do. */
  stopped?: tf.TensorInfo;
}

/**
 * Records the search for the nearest centroids into `labels` and, where they are wanted, `distances`; nothing
 * is done where `stopped` is given and not 0.
 */
export function searchOnWebgpu(
  { x, centroids }: Record<'x' | 'centroids', tf.TensorInfo>,
  { labels, distances, stopped }: SearchResults,
  backend: KernelBackend,
  filtered = filterPays(centroids, backend),
): void {
  inColumnParts(x, backend, ({ part, of }) => {
    const results = { labels: of(labels), distances: distances && of(distances), stopped };
    searchPart({ x: part, centroids }, results, backend, filtered);
  });
}

function searchPart(
  { x, centroids }: Record<'x' | 'centroids', tf.TensorInfo>,
  { labels, distances, stopped }: SearchResults<tf.TensorInfo | TensorWindow>,
  backend: KernelBackend,
  filtered: boolean,
): void {
  const shader = 'nearest-centroid';
  const [features, customers] = x.shape;
  const k = centroids.shape[0];
  const wantDistances = distances ? 1 : 0;
  const stoppable = stopped ? 1 : 0;
  if (k <= directUpTo) {
    backend.dispatch({
      shader,
      entry: 'direct',
      constants: { quads: Math.ceil(k / 4), featureTile: evenTile(features, 16), wantDistances, stoppable },
      sizes: { customers, features, k },
      tensors: { x, centroids, labels, distances, stopped },
      workgroups: Math.ceil(customers / 256),
    });
    return;
  }
  // 256 threads of 8 customers × 8 centroids each.
  const centroidThreads = k <= 64 ? 8 : 16;
  const [customerTile, centroidTile] = [(8 * 256) / centroidThreads, 8 * centroidThreads];
  const featureTile = evenTile(
    features,
    Math.min(16, Math.floor(tileNumbers / (customerTile + centroidTile))),
  );
  const paddedK = Math.ceil(k / centroidTile) * centroidTile;
  const sizes = { customers, features, k, paddedK };
  backend.withScratch([[features], [features + 1, paddedK]], (centre, prepared) => {
    backend.dispatch({
      shader,
      entry: 'middle',
      constants: { stoppable },
      sizes,
      tensors: { centroids, newCentre: centre, stopped },
      workgroups: features,
    });
    backend.dispatch({
      shader,
      entry: 'prepare',
      constants: { stoppable },
      sizes,
      tensors: { centroids, centre, newPrepared: prepared, stopped },
      workgroups: paddedK,
    });
    const tensors = { x, centroids, centre, prepared, labels, distances, stopped };
    const tiled = (list?: tf.TensorInfo) =>
      backend.dispatch({
        shader,
        entry: 'tiled',
        constants: { centroidThreads, featureTile, wantDistances, stoppable, listed: list ? 1 : 0 },
        sizes,
        tensors: { ...tensors, list },
        workgroups: Math.ceil(customers / customerTile),
      });
    if (!filtered) return tiled();
    backend.withScratch([[1 + customers]], list => {
      backend.clear(list);
      backend.dispatch({
        shader: 'nearest-centroid-half',
        entry: 'filterHalf',
        constants: { wantDistances, stoppable },
        sizes,
        tensors: { ...tensors, newList: list },
        workgroups: Math.ceil(customers / filterTile),
      });
      tiled(list);
    });
  });
}
