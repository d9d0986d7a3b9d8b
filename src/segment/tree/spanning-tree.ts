import * as tf from '@tensorflow/tfjs-core';
import {
  Components,
  type EdgesOut,
  type KdTree,
  nearestOther,
  roundedDown,
  squaredCoreOf,
  squaredDistance,
} from '../../ops/tree/index.js';
import type { SearchTree } from './search-tree.js';

/** Edges of a tree that connects all customers, ascending by length. */
export interface SpanningTree {
  /** `[customers - 1]`, customers. */
  a: Int32Array;
  b: Int32Array;
  /** `[customers - 1]`, squared lengths. */
  squaredLengths: Float64Array;
}

/** Neighbours of each customer, by place in the tree. */
export interface Neighbourhood {
  /** `[customers]`: no edge of a customer is shorter than the distance to this place; -1 for none. */
  coreNeighbours: Int32Array;
  /** `[customers, count]`, the nearest first, the customer among them. */
  nearest: Int32Array;
  count: number;
}

/** Neighbours that are remembered of each customer. */
export const rememberedNeighbours = 8;

/** The nearest neighbours of all customers, the `minPoints`-th as core neighbour. */
export async function neighbourhoodOf(search: SearchTree, minPoints: number): Promise<Neighbourhood> {
  const { customers, points, features } = search.tree;
  const wanted = Math.max(minPoints, Math.min(4, customers));
  const count = Math.min(wanted, rememberedNeighbours);
  const coreNeighbours = new Int32Array(customers).fill(-1);
  const nearest = new Int32Array(customers * count);
  // Some at a time: all neighbours of everybody would be too many to hold.
  const atATime = Math.max(1 << 14, Math.ceil(customers / 16));
  for (let from = 0; from < customers; from += atATime) {
    const to = Math.min(customers, from + atATime);
    const places = await search.nearestNeighbours(points.subarray(from * features, to * features), wanted);
    for (let place = from; place < to; place++) {
      const start = (place - from) * wanted;
      if (minPoints > 1) coreNeighbours[place] = places[start + minPoints - 1];
      for (let i = 0; i < count; i++) nearest[place * count + i] = places[start + i];
    }
  }
  return { coreNeighbours, nearest, count };
}

/**
 * The minimum spanning tree of all customers: in rounds, every group of customers joined so far is joined with
 * the one nearest to it, found in the k-d tree. Memory is that of the customers. (O. Borůvka 1926; in trees:
 * W. B. March, P. Ram and A. G. Gray, "Fast Euclidean minimum spanning tree", KDD 2010.)
 *
 * The squared length of an edge is the squared distance, or that of either end to its core neighbour if greater
 * (the mutual reachability of HDBSCAN).
 */
export async function spanningTree(search: SearchTree, neighbourhood: Neighbourhood): Promise<SpanningTree> {
  const { tree, tensors, turn } = search;
  const { customers, order } = tree;
  const squaredCore = squaredCoreOf(tree, neighbourhood.coreNeighbours);
  const lengthOf = (a: number, b: number) => edgeLength(tree, squaredCore, a, b);
  const components = new Components(customers);
  const edges = Math.max(0, customers - 1);
  const [a, b, lengths] = [new Int32Array(edges), new Int32Array(edges), new Float64Array(edges)];
  const core = tf.tensor1d(neighbourhood.coreNeighbours, 'int32');
  let known = firstEdges(tree, neighbourhood, squaredCore);
  const shortest = new Float64Array(customers);
  const [inside, outside] = [new Int32Array(customers), new Int32Array(customers)];
  const groups = new Int32Array(customers);
  try {
    for (let found = 0; found < edges; ) {
      await turn();
      for (let place = 0; place < customers; place++) groups[place] = components.find(place);
      const grouped = tf.tensor1d(groups.slice(), 'int32');
      const next = nearestOther(tensors, core, grouped, known);
      tf.dispose([grouped, known.others, known.bounds]);
      known = next;
      const others = await next.others.data<'int32'>();
      shortest.fill(Number.POSITIVE_INFINITY);
      for (let place = 0; place < customers; place++) {
        const [group, other] = [groups[place], others[place]];
        if (other < 0 || groups[other] === group) continue;
        const length = lengthOf(place, other);
        if (length >= shortest[group]) continue;
        shortest[group] = length;
        inside[group] = place;
        outside[group] = other;
      }
      for (let group = 0; group < customers; group++) {
        if (shortest[group] === Number.POSITIVE_INFINITY) continue;
        const [one, other] = [inside[group], outside[group]];
        if (!components.unite(one, other)) continue;
        a[found] = Math.min(order[one], order[other]);
        b[found] = Math.max(order[one], order[other]);
        lengths[found++] = shortest[group];
      }
    }
  } finally {
    tf.dispose([core, known.others, known.bounds]);
  }
  return ascending(a, b, lengths);
}

function edgeLength({ points, features }: KdTree, squaredCore: Float64Array, a: number, b: number): number {
  const distance = squaredDistance(points, a * features, points, b * features, features);
  return Math.max(distance, squaredCore[a], squaredCore[b]);
}

/** The shortest edge of each customer to one of the nearest; whoever is not among them is no nearer than the last. */
function firstEdges(tree: KdTree, { nearest, count }: Neighbourhood, squaredCore: Float64Array): EdgesOut {
  const { customers, points, features } = tree;
  const [others, bounds] = [new Int32Array(customers).fill(-1), new Float32Array(customers)];
  for (let place = 0; place < customers; place++) {
    let least = Number.POSITIVE_INFINITY;
    let reach = 0;
    for (let i = 0; i < count; i++) {
      const other = nearest[place * count + i];
      if (other < 0) break;
      reach = squaredDistance(points, place * features, points, other * features, features);
      if (other === place) continue;
      const length = Math.max(reach, squaredCore[place], squaredCore[other]);
      if (length >= least) continue;
      least = length;
      others[place] = other;
    }
    bounds[place] = roundedDown(Math.min(least, Math.max(reach, squaredCore[place])));
  }
  return { others: tf.tensor1d(others, 'int32'), bounds: tf.tensor1d(bounds) };
}

function ascending(a: Int32Array, b: Int32Array, squaredLengths: Float64Array): SpanningTree {
  const by = Int32Array.from(a.keys()).sort(
    (i, j) => squaredLengths[i] - squaredLengths[j] || a[i] - a[j] || b[i] - b[j],
  );
  return {
    a: by.map(i => a[i]),
    b: by.map(i => b[i]),
    squaredLengths: Float64Array.from(by, i => squaredLengths[i]),
  };
}
