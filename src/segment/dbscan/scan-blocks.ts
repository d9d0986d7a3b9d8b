import * as tf from '@tensorflow/tfjs-core';
import type { Metric } from '../../ops/index.js';
import { radiusBlock, radiusCounts, radiusNeighbours } from '../../ops/radius-neighbours.js';
import { Components, squaredDistance } from '../../ops/tree/index.js';
import type { Scan } from './scan.js';

/**
 * Finds the clusters of many features, where boxes hardly separate customers any more, by comparing blocks of
 * customers with all of them on the device. Time grows with the square of the customers, memory does not.
 *
 * @param points `[customers, features]`; directions for cosine
 */
export async function scanBlocks(
  points: Float32Array,
  features: number,
  radius: number,
  metric: Metric,
  minPoints: number,
  turn: () => Promise<void>,
): Promise<Scan> {
  const customers = points.length / features;
  const core = new Uint8Array(customers);
  const everybody = columnsOf(points, features);
  try {
    await forBlocks(points, features, radiusBlock(customers), turn, async (block, from) => {
      const counts = radiusCounts(block, everybody, { radius, metric });
      const read = await counts.data<'int32'>();
      counts.dispose();
      // A customer is at distance 0 from itself, whatever the rounding.
      read.forEach((count, i) => {
        core[from + i] = Math.max(1, count) >= minPoints ? 1 : 0;
      });
    });
  } finally {
    everybody.dispose();
  }

  const [coreCustomers, others] = [placesOf(core, 1), placesOf(core, 0)];
  const groups = new Int32Array(customers).fill(-1);
  if (coreCustomers.length === 0) return { core, groups };
  const corePoints = rowsAt(points, features, coreCustomers);
  const atATime = radiusBlock(coreCustomers.length);
  const all = columnsOf(corePoints, features);
  try {
    const components = new Components(coreCustomers.length);
    await forBlocks(corePoints, features, atATime, turn, async (block, from) => {
      const { indptr, indices } = await radiusNeighbours(block, all, { radius, metric });
      for (let row = 0; row + 1 < indptr.length; row++) {
        for (let p = indptr[row]; p < indptr[row + 1]; p++) components.unite(from + row, indices[p]);
      }
    });
    coreCustomers.forEach((customer, i) => {
      groups[customer] = components.find(i);
    });
    const border = rowsAt(points, features, others);
    await forBlocks(border, features, atATime, turn, async (block, from) => {
      // Who is not core has few within the radius: they are measured one by one.
      const { indptr, indices } = await radiusNeighbours(block, all, { radius, metric });
      for (let row = 0; row + 1 < indptr.length; row++) {
        let least = Number.POSITIVE_INFINITY;
        for (let p = indptr[row]; p < indptr[row + 1]; p++) {
          const at = indices[p] * features;
          const distance = squaredDistance(border, (from + row) * features, corePoints, at, features);
          if (distance >= least) continue;
          least = distance;
          groups[others[from + row]] = groups[coreCustomers[indices[p]]];
        }
      }
    });
  } finally {
    all.dispose();
  }
  return { core, groups };
}

/** Calls back with blocks of the customers, `[features, block]`, and the first customer of each. */
export async function forBlocks(
  points: Float32Array,
  features: number,
  atATime: number,
  turn: () => Promise<void>,
  use: (block: tf.Tensor2D, from: number) => Promise<void>,
): Promise<void> {
  const customers = points.length / features;
  for (let from = 0; from < customers; from += atATime) {
    await turn();
    const end = Math.min(customers, from + atATime);
    const block = columnsOf(points.subarray(from * features, end * features), features);
    try {
      await use(block, from);
    } finally {
      block.dispose();
    }
  }
}

/** `[features, customers]` of `[customers, features]`. Turned here: that is faster than TensorFlow.js's transpose. */
export function columnsOf(points: Float32Array, features: number): tf.Tensor2D {
  const customers = points.length / features;
  const columns = new Float32Array(points.length);
  for (let f = 0; f < features; f++) {
    for (let i = 0; i < customers; i++) columns[f * customers + i] = points[i * features + f];
  }
  return tf.tensor2d(columns, [features, customers]);
}

/** Some of the customers. */
export function rowsAt(points: Float32Array, features: number, customers: Int32Array): Float32Array {
  const rows = new Float32Array(customers.length * features);
  customers.forEach((customer, i) => {
    rows.set(points.subarray(customer * features, (customer + 1) * features), i * features);
  });
  return rows;
}

function placesOf(flags: Uint8Array, wanted: number): Int32Array {
  const places = new Int32Array(flags.reduce((sum, flag) => sum + (flag === wanted ? 1 : 0), 0));
  let next = 0;
  flags.forEach((flag, i) => {
    if (flag === wanted) places[next++] = i;
  });
  return places;
}
