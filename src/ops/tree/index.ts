export { type CorePointsOptions, corePoints } from './core-points.js';
export { acrossBoxes, betweenBoxes, fromBox, squaredDistance } from './distances.js';
export { buildKdTree, countMarked, type KdTree, leafSize } from './kd-tree.js';
export { nearestMarked } from './nearest-marked.js';
export { nearestNeighbours } from './nearest-neighbours.js';
export { type EdgesOut, nearestOther, roundedDown, squaredCoreOf } from './nearest-other.js';
export { sortIntoTree } from './sort-into-tree.js';
export { type TreeTensors, treeTensors } from './tree-tensors.js';
