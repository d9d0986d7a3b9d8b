import { fromBox, squaredDistance } from './distances.js';
import type { KdTree } from './kd-tree.js';

/** The nearest of some customers of a tree. */
export interface Nearest {
  /** In the tree; -1 for nobody within the radius. */
  place: number;
  squaredDistance: number;
}

/**
 * The nearest marked customer within a radius; of several equally near ones the one with the lowest number.
 *
 * @param marks `[customers]` by place, not 0 for those who count.
 * @param counts `[nodes]`, how many of them each node has.
 */
export function nearestMarked(
  tree: KdTree,
  marks: Uint8Array,
  counts: Int32Array,
  point: Float32Array,
  at: number,
  squaredRadius: number,
): Nearest {
  const nearest: Nearest = { place: -1, squaredDistance: squaredRadius };
  const { points, features, order, from, to, firstLeaf } = tree;

  const visit = (node: number, boxDistance: number): void => {
    if (boxDistance > nearest.squaredDistance) return;
    if (node < firstLeaf) {
      const [left, right] = [2 * node + 1, 2 * node + 2];
      const toLeft = counts[left] > 0 ? fromBox(point, at, tree, left) : Number.POSITIVE_INFINITY;
      const toRight = counts[right] > 0 ? fromBox(point, at, tree, right) : Number.POSITIVE_INFINITY;
      if (toLeft <= toRight) {
        visit(left, toLeft);
        visit(right, toRight);
      } else {
        visit(right, toRight);
        visit(left, toLeft);
      }
      return;
    }
    for (let place = from[node]; place < to[node]; place++) {
      if (!marks[place]) continue;
      const distance = squaredDistance(point, at, points, place * features, features);
      if (distance > nearest.squaredDistance) continue;
      const first = nearest.place < 0 || order[place] < order[nearest.place];
      if (distance < nearest.squaredDistance || first) {
        nearest.place = place;
        nearest.squaredDistance = distance;
      }
    }
  };
  if (counts[0] > 0) visit(0, fromBox(point, at, tree, 0));
  return nearest;
}
