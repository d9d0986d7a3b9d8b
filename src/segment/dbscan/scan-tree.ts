import { buildKdTree } from '../tree/kd-tree.js';
import { nearestMarked } from '../tree/nearest-marked.js';
import { Connector } from './connect.js';
import { findCorePoints } from './core-points.js';
import type { Scan } from './scan.js';

/**
 * Finds the clusters of few features with a k-d tree. Memory is that of the customers, time near n log n where
 * the radius is small against the extent of the clusters or large enough to join whole boxes.
 *
 * @param points `[customers, features]`; they end in another order.
 */
export async function scanTree(
  points: Float32Array,
  features: number,
  squaredRadius: number,
  minPoints: number,
  turn: () => Promise<void>,
): Promise<Scan> {
  const tree = buildKdTree(points, features);
  const { customers, order } = tree;
  const coreAt = await findCorePoints(tree, squaredRadius, minPoints, turn);
  const connector = new Connector(tree, coreAt, squaredRadius);
  const components = await connector.connect(turn);
  const core = new Uint8Array(customers);
  const groups = new Int32Array(customers);
  for (let place = 0; place < customers; place++) {
    core[order[place]] = coreAt[place];
    if (coreAt[place]) {
      groups[order[place]] = components.find(place);
      continue;
    }
    await turn();
    const nearest = nearestMarked(
      tree,
      coreAt,
      connector.coreCounts,
      points,
      place * features,
      squaredRadius,
    );
    groups[order[place]] = nearest.place < 0 ? -1 : components.find(nearest.place);
  }
  return { core, groups };
}
