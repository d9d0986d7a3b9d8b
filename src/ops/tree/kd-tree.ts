/**
 * Customers sorted into the boxes of a balanced k-d tree (J. L. Bentley, "Multidimensional binary search trees",
 * CACM 18, 1975). Node 0 is the root, the children of node i are 2i + 1 and 2i + 2; every leaf is on the last level.
 */
export interface KdTree {
  features: number;
  customers: number;
  /** `[customers, features]`: the customers of a node are side by side. */
  points: Float32Array;
  /** `[customers]`, the customer at each place of `points`. */
  order: Int32Array;
  nodes: number;
  /** The first node that is a leaf. */
  firstLeaf: number;
  /** `[nodes]`, the first place of each node's customers and the one after the last. */
  from: Int32Array;
  to: Int32Array;
  /** `[nodes, features]`, the corners of the smallest box around each node's customers. */
  low: Float32Array;
  high: Float32Array;
}

/** Customers of a leaf at most: fewer make more boxes to compare, more make more customers to compare. */
export const leafSize = 16;

/** What the number of customers says of a tree. */
type TreeShape = Pick<KdTree, 'nodes' | 'firstLeaf' | 'from' | 'to'>;

/** Every node halves its customers, so that the shape needs no look at them. */
export function treeShape(customers: number): TreeShape {
  const levels = Math.max(0, Math.ceil(Math.log2(customers / leafSize)));
  const nodes = 2 ** (levels + 1) - 1;
  const firstLeaf = 2 ** levels - 1;
  const [from, to] = [new Int32Array(nodes), new Int32Array(nodes)];
  to[0] = customers;
  for (let node = 0; node < firstLeaf; node++) {
    const middle = (from[node] + to[node]) >> 1;
    from[2 * node + 1] = from[node];
    to[2 * node + 1] = middle;
    from[2 * node + 2] = middle;
    to[2 * node + 2] = to[node];
  }
  return { nodes, firstLeaf, from, to };
}

/** Sorts `points [customers, features]` in place, on the host; the tree keeps them. */
export function buildKdTree(points: Float32Array, features: number): KdTree {
  const customers = features > 0 ? points.length / features : 0;
  const shape = treeShape(customers);
  const { nodes, firstLeaf, from, to } = shape;
  const tree: KdTree = {
    ...shape,
    features,
    customers,
    points,
    order: Int32Array.from({ length: customers }, (_, i) => i),
    low: new Float32Array(nodes * features),
    high: new Float32Array(nodes * features),
  };
  for (let node = 0; node < nodes; node++) {
    const widest = boundBox(tree, node);
    if (node >= firstLeaf || to[node] === from[node]) continue;
    selectPlace(tree, from[node], to[node] - 1, (from[node] + to[node]) >> 1, widest);
  }
  return tree;
}

/** How many marked customers each node has; `marks` by place, 1 or 0. */
export function countMarked({ nodes, from, to, firstLeaf }: KdTree, marks: Int32Array): Int32Array {
  const counts = new Int32Array(nodes);
  for (let node = nodes - 1; node >= 0; node--) {
    if (node < firstLeaf) counts[node] = counts[2 * node + 1] + counts[2 * node + 2];
    else for (let place = from[node]; place < to[node]; place++) counts[node] += marks[place];
  }
  return counts;
}

/** Writes the box of a node's customers; returns the feature in which it is widest. */
function boundBox({ points, features, from, to, low, high }: KdTree, node: number): number {
  const start = node * features;
  let [widest, width] = [0, -1];
  for (let f = 0; f < features; f++) {
    let least = Number.POSITIVE_INFINITY;
    let most = Number.NEGATIVE_INFINITY;
    for (let p = from[node] * features + f; p < to[node] * features; p += features) {
      const value = points[p];
      if (value < least) least = value;
      if (value > most) most = value;
    }
    low[start + f] = least;
    high[start + f] = most;
    if (most - least > width) {
      width = most - least;
      widest = f;
    }
  }
  return widest;
}

/** Puts at `place` who would stand there if places `first` to `last` were sorted by a feature. */
function selectPlace(tree: KdTree, first: number, last: number, place: number, feature: number): void {
  const { points, features } = tree;
  let low = first;
  let high = last;
  const value = (at: number) => points[at * features + feature];
  while (low < high) {
    const pivot = middleOf(value(low), value((low + high) >> 1), value(high));
    let i = low;
    let j = high;
    while (i <= j) {
      while (points[i * features + feature] < pivot) i++;
      while (points[j * features + feature] > pivot) j--;
      if (i <= j) exchangePlaces(tree, i++, j--);
    }
    if (place <= j) high = j;
    else if (place >= i) low = i;
    else return;
  }
}

function middleOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

function exchangePlaces({ points, order, features }: KdTree, i: number, j: number): void {
  const customer = order[i];
  order[i] = order[j];
  order[j] = customer;
  for (let p = i * features, q = j * features, f = 0; f < features; f++, p++, q++) {
    const held = points[p];
    points[p] = points[q];
    points[q] = held;
  }
}
