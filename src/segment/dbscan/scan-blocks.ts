import * as tf from '@tensorflow/tfjs-core';
import { type Metric, pairwiseDistance } from '../../ops/index.js';
import { radiusBlock, radiusCounts, radiusNeighbours } from '../../ops/radius-neighbours.js';
import { Components } from '../../ops/tree/index.js';
import type { Scan } from './scan.js';

/**
 * Finds the clusters of many features, where boxes hardly separate customers any more, by comparing blocks of
 * customers with all of them on the device. Time grows with the square of the customers, memory does not.
 *
 * @param x `[features, customers]`
 */
export async function scanBlocks(
  x: tf.Tensor2D,
  radius: number,
  metric: Metric,
  minPoints: number,
  turn: () => Promise<void>,
): Promise<Scan> {
  const customers = x.shape[1];
  const core = new Uint8Array(customers);
  await forBlocks(x, customers, turn, async (block, from) => {
    const counts = radiusCounts(block, x, { radius, metric });
    const read = await counts.data<'int32'>();
    counts.dispose();
    // A customer is at distance 0 from itself, whatever the rounding.
    read.forEach((count, i) => {
      core[from + i] = Math.max(1, count) >= minPoints ? 1 : 0;
    });
  });

  const coreCustomers = placesOf(core, 1);
  const groups = new Int32Array(customers).fill(-1);
  const all = gatherColumns(x, coreCustomers);
  try {
    const components = new Components(coreCustomers.length);
    await forBlocks(all, coreCustomers.length, turn, async (block, from) => {
      const { indptr, indices } = await radiusNeighbours(block, all, { radius, metric });
      for (let row = 0; row + 1 < indptr.length; row++) {
        for (let p = indptr[row]; p < indptr[row + 1]; p++) components.unite(from + row, indices[p]);
      }
    });
    coreCustomers.forEach((customer, i) => {
      groups[customer] = components.find(i);
    });
    const others = coreCustomers.length > 0 ? placesOf(core, 0) : new Int32Array();
    const border = gatherColumns(x, others);
    await forBlocks(border, coreCustomers.length, turn, async (block, from) => {
      const { places, distances } = await nearestColumns(block, all, metric);
      places.forEach((place, i) => {
        if (distances[i] <= radius) groups[others[from + i]] = groups[coreCustomers[place]];
      });
    });
    border.dispose();
  } finally {
    all.dispose();
  }
  return { core, groups };
}

/** Of each column of `a` the nearest of `b`, the first of equally near ones. */
export async function nearestColumns(
  a: tf.Tensor2D,
  b: tf.Tensor2D,
  metric: Metric,
): Promise<{ places: Int32Array; distances: Float32Array }> {
  const [nearest, least]: tf.Tensor[] = tf.tidy(() => {
    const distances = pairwiseDistance(a, b, metric);
    return [tf.argMin(distances, 1), tf.min(distances, 1)];
  });
  const places = await nearest.data<'int32'>();
  const distances = await least.data<'float32'>();
  tf.dispose([nearest, least]);
  return { places: places as Int32Array, distances: distances as Float32Array };
}

/** Calls back with blocks of the columns of `x`, few enough to be compared with so many others at a time. */
export async function forBlocks(
  x: tf.Tensor2D,
  others: number,
  turn: () => Promise<void>,
  use: (block: tf.Tensor2D, from: number) => Promise<void>,
): Promise<void> {
  const columns = x.shape[1];
  const atATime = radiusBlock(others);
  for (let from = 0; from < columns; from += atATime) {
    await turn();
    const block = tf.slice(x, [0, from], [-1, Math.min(atATime, columns - from)]);
    try {
      await use(block, from);
    } finally {
      block.dispose();
    }
  }
}

function placesOf(flags: Uint8Array, wanted: number): Int32Array {
  const places = new Int32Array(flags.reduce((sum, flag) => sum + (flag === wanted ? 1 : 0), 0));
  let next = 0;
  flags.forEach((flag, i) => {
    if (flag === wanted) places[next++] = i;
  });
  return places;
}

function gatherColumns(x: tf.Tensor2D, columns: Int32Array): tf.Tensor2D {
  if (columns.length === 0) return tf.zeros([x.shape[0], 0]);
  return tf.tidy(() => tf.gather(x, tf.tensor1d(columns, 'int32'), 1));
}
