import { Random } from '../../random.js';
import { sampleOf } from '../candidates.js';
import { bestSplit, gini } from '../features/impurity.js';
import type { RawFeature } from '../profile.js';
import { roundBetween } from './round-between.js';

/** The customers of a leaf are put into one segment. */
export interface Leaf {
  segment: number;
}

/** Customers with a value up to the threshold go to `below`, the others to `above`. */
export interface Branch {
  feature: number;
  threshold: number;
  below: TreeNode;
  above: TreeNode;
}

export type TreeNode = Leaf | Branch;

export interface DecisionTreeOptions {
  /** Questions asked of a customer at most. 3: what a reader keeps in mind. */
  depth?: number;
  /** Customers to learn from, spread evenly. 20,000: thresholds hardly move with more. */
  sample?: number;
  /** Of the choice of the sample. */
  seed?: number;
}

/** Share of the sample that a leaf holds at least: fewer would be told by chance. */
const leastShare = 0.005;

/** Gini impurity that a split takes away at least. */
const leastGain = 1e-4;

interface Sample {
  /** `[features][customers]` */
  columns: Float64Array[];
  labels: Int32Array;
  k: number;
  leastLeaf: number;
}

/**
 * A shallow decision tree that tells the segments of customers from their features in their own units: greedy
 * splits by Gini impurity, with thresholds as round as the data allow. (L. Breiman et al., "Classification and
 * Regression Trees", 1984.) NaN is a missing value and goes to `above`.
 *
 * @param labels `[customers]`, segments 0 … k - 1; customers below 0 are left out.
 */
export function fitDecisionTree(
  features: readonly RawFeature[],
  labels: Int32Array,
  k: number,
  { depth = 3, sample = 20_000, seed = 0 }: DecisionTreeOptions = {},
): TreeNode {
  const belonging = Int32Array.from(labels.keys()).filter(customer => labels[customer] >= 0);
  const chosen = sampleOf(belonging.length, sample, new Random(seed)).map(place => belonging[place]);
  const columns = features.map(({ values }) => Float64Array.from(chosen, customer => values[customer]));
  const own = Int32Array.from(chosen, customer => labels[customer]);
  const rows = Int32Array.from(own.keys());
  const leastLeaf = Math.max(1, Math.floor(leastShare * rows.length));
  return grow({ columns, labels: own, k, leastLeaf }, rows, depth);
}

function grow(sample: Sample, rows: Int32Array, depth: number): TreeNode {
  const { columns, labels, k, leastLeaf } = sample;
  const counts = new Float64Array(k);
  for (const row of rows) counts[labels[row]]++;
  const leaf: Leaf = { segment: counts.indexOf(Math.max(...counts)) };
  if (depth === 0 || counts[leaf.segment] === rows.length) return leaf;
  const classes = Int32Array.from(rows, row => labels[row]);
  let best = { gain: leastGain, feature: -1, threshold: Number.NaN };
  columns.forEach((column, feature) => {
    const values = Float64Array.from(rows, row =>
      Number.isNaN(column[row]) ? Number.POSITIVE_INFINITY : column[row],
    );
    const { gain, below, above } = bestSplit(values, classes, k, gini);
    if (gain <= best.gain || !Number.isFinite(above)) return;
    best = { gain, feature, threshold: roundBetween(below, above) };
  });
  if (best.feature < 0) return leaf;
  const column = columns[best.feature];
  const below = rows.filter(row => column[row] <= best.threshold);
  const above = rows.filter(row => !(column[row] <= best.threshold));
  if (Math.min(below.length, above.length) < leastLeaf) return leaf;
  const branch: Branch = {
    feature: best.feature,
    threshold: best.threshold,
    below: grow(sample, below, depth - 1),
    above: grow(sample, above, depth - 1),
  };
  // Two leaves of one segment are one.
  const [one, other] = [branch.below, branch.above];
  return 'segment' in one && 'segment' in other && one.segment === other.segment ? one : branch;
}

/** The leaf that a customer comes to. */
export function leafOf(tree: TreeNode, features: readonly RawFeature[], customer: number): Leaf {
  let node = tree;
  while (!('segment' in node)) {
    node = features[node.feature].values[customer] <= node.threshold ? node.below : node.above;
  }
  return node;
}
