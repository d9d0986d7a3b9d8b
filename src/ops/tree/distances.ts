import type { KdTree } from './kd-tree.js';

// Squares are summed feature by feature everywhere, so that rounding keeps the order: a box is never farther than
// its nearest customer, nor nearer than its farthest one.

/** The squared distance of two points, each at an offset of its own array. */
export function squaredDistance(
  a: Float32Array,
  atA: number,
  b: Float32Array,
  atB: number,
  features: number,
): number {
  let sum = 0;
  for (let f = 0; f < features; f++) {
    const difference = a[atA + f] - b[atB + f];
    sum += difference * difference;
  }
  return sum;
}

/** The squared distance of a point from the box of a node, 0 within. */
export function fromBox(point: Float32Array, at: number, tree: KdTree, node: number): number {
  const { features, low, high } = tree;
  const start = node * features;
  let sum = 0;
  for (let f = 0; f < features; f++) {
    const value = point[at + f];
    const below = low[start + f] - value;
    const above = value - high[start + f];
    const gap = below > 0 ? below : above > 0 ? above : 0;
    sum += gap * gap;
  }
  return sum;
}

/** The squared distance between the boxes of two nodes of a tree, 0 where they meet. */
export function betweenBoxes({ features, low, high }: KdTree, a: number, b: number): number {
  const atA = a * features;
  const atB = b * features;
  let sum = 0;
  for (let f = 0; f < features; f++) {
    const below = low[atB + f] - high[atA + f];
    const above = low[atA + f] - high[atB + f];
    const gap = below > 0 ? below : above > 0 ? above : 0;
    sum += gap * gap;
  }
  return sum;
}

/** The greatest squared distance that customers of two nodes can have; of a node and itself, its diameter. */
export function acrossBoxes({ features, low, high }: KdTree, a: number, b: number): number {
  const atA = a * features;
  const atB = b * features;
  let sum = 0;
  for (let f = 0; f < features; f++) {
    const reach = Math.max(high[atB + f] - low[atA + f], high[atA + f] - low[atB + f]);
    sum += reach * reach;
  }
  return sum;
}
