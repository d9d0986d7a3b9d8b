import { sortIntoTree } from '../../ops/tree/index.js';
import { SearchTree } from '../tree/search-tree.js';
import type { Scan } from './scan.js';

/**
 * Finds the clusters of few features with a k-d tree. Memory is that of the customers, time near n log n where
 * the radius is small against the extent of the clusters or large enough to join whole boxes.
 *
 * @param points `[customers, features]`
 */
export async function scanTree(
  points: Float32Array,
  features: number,
  squaredRadius: number,
  minPoints: number,
  turn: () => Promise<void>,
): Promise<Scan> {
  const customers = points.length / features;
  const [core, groups] = [new Uint8Array(customers), new Int32Array(customers).fill(-1)];
  if (customers === 0) return { core, groups };
  const tree = await sortIntoTree(points, features);
  const search = new SearchTree(tree, turn);
  try {
    const coreAt = await search.corePoints(squaredRadius, minPoints);
    const groupAt = await search.connectMarked(coreAt, squaredRadius);
    const { order } = tree;
    const border: number[] = [];
    for (let place = 0; place < customers; place++) {
      if (coreAt[place]) {
        core[order[place]] = 1;
        groups[order[place]] = groupAt[place];
      } else border.push(place);
    }
    const borderPoints = new Float32Array(border.length * features);
    border.forEach((place, i) => {
      for (let f = 0; f < features; f++) borderPoints[i * features + f] = tree.points[place * features + f];
    });
    const nearest = await search.nearestMarked(coreAt, borderPoints, squaredRadius);
    border.forEach((place, i) => {
      if (nearest[i] >= 0) groups[order[place]] = groupAt[nearest[i]];
    });
  } finally {
    search.dispose();
  }
  return { core, groups };
}
