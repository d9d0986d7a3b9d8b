import { type CustomerNumbers, columnOf, gathered, ranges } from '../../customer-column.js';
import { Random } from '../../random.js';
import { takeTurns } from '../../turns.js';
import { belongingAt, countBelonging } from '../belonging.js';
import { sampleOf } from '../candidates.js';
import type { RawFeature } from '../profile.js';
import { roundBetween } from './round-between.js';
import { bestSplits, filterRows, type SortedRows, sortedRows } from './split-finder.js';

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
  /** Customers to learn from, spread evenly. 10,000: thresholds hardly move with more. */
  sample?: number;
  /** Of the choice of the sample. */
  seed?: number;
  signal?: AbortSignal;
}

/** Share of the sample that a leaf holds at least: fewer would be told by chance. */
const leastShare = 0.005;

/** What the mean share of each segment counts beside the share of all customers: a small one is worth a question too. */
const smallSegments = 0.3;

/** What a leaf costs, as a share of the customers: a tree with more of them must put so many more right. */
const leafCost = 0.002;

/** Paths of questions that are looked at before the best is taken. */
const paths = 64;

interface Sample {
  /** `[features][customers]` */
  columns: Float64Array[];
  labels: Int32Array;
  /** `[k]`, what a customer of the segment counts. */
  weights: Float64Array;
  leastLeaf: number;
  /** Features tried for a question before the last one; for that, all are. */
  breadth: number;
  turn: () => Promise<void>;
}

/** A tree, and what it is worth: the weight of the customers that it puts right, less the cost of its leaves. */
interface Grown {
  node: TreeNode;
  worth: number;
}

/**
 * A shallow decision tree that tells the segments of customers from their features in their own units: thresholds by
 * Gini impurity, as round as the data allow. (L. Breiman et al., "Classification and Regression Trees", 1984.) As so
 * few questions are asked, they are not chosen one by one: of several features for each question those are taken with
 * which the whole tree puts most customers into the right segment. NaN is a missing value and goes to `above`.
 *
 * @param labels `[customers]`, segments 0 … k - 1; customers below 0 are left out.
 */
export async function fitDecisionTree(
  features: readonly RawFeature[],
  labels: CustomerNumbers,
  k: number,
  { depth = 3, sample = 10_000, seed = 0, signal }: DecisionTreeOptions = {},
): Promise<TreeNode> {
  const segments = columnOf(labels);
  const belonging = countBelonging(segments);
  if (belonging === 0 || features.length === 0) return { segment: 0 };
  const chosen = belongingAt(segments, sampleOf(belonging, sample, new Random(seed)));
  const columns = features.map(({ values }) => gathered(columnOf(values), chosen));
  const own = Int32Array.from(gathered(segments, chosen));
  const leastLeaf = Math.max(1, Math.floor(leastShare * own.length));
  const sizes = new Float64Array(k);
  for (const label of own) sizes[label]++;
  const known = sizes.filter(size => size > 0).length;
  const weights = sizes.map(size => (size > 0 ? 1 / own.length + smallSegments / (known * size) : 0));
  const breadth = Math.max(2, Math.floor(paths ** (1 / (depth - 1))));
  const turn = takeTurns(signal);
  const tree = { columns, labels: own, weights, leastLeaf, breadth, turn };
  return (await grow(tree, sortedRows(columns), depth)).node;
}

/** The leaf of so many customers of each segment. */
function leafFor(counts: Float64Array, { weights }: Sample): Grown {
  const weighted = counts.map((count, segment) => count * weights[segment]);
  const most = Math.max(...weighted);
  return { node: { segment: weighted.indexOf(most) }, worth: most - leafCost };
}

async function grow(sample: Sample, sorted: SortedRows, depth: number): Promise<Grown> {
  await sample.turn();
  const { columns, labels, weights, leastLeaf, breadth } = sample;
  const counts = new Float64Array(weights.length);
  for (const row of sorted[0]) counts[labels[row]]++;
  let best = leafFor(counts, sample);
  if (depth === 0 || counts.includes(sorted[0].length)) return best;
  const splits = bestSplits(sorted, columns, labels, weights.length, leastLeaf);
  for (const { feature, below: low, above: high } of depth > 1 ? splits.slice(0, breadth) : splits) {
    const threshold = roundBetween(low, high);
    const column = columns[feature];
    const [below, above] =
      depth > 1
        ? [
            await grow(
              sample,
              filterRows(sorted, row => column[row] <= threshold),
              depth - 1,
            ),
            await grow(
              sample,
              filterRows(sorted, row => !(column[row] <= threshold)),
              depth - 1,
            ),
          ]
        : leavesBeside(sample, sorted[feature], column, threshold, counts);
    const worth = below.worth + above.worth;
    // Of equally good trees the one whose first question tells most.
    if (worth > best.worth + 1e-12) {
      best = { node: { feature, threshold, below: below.node, above: above.node }, worth };
    }
  }
  return best;
}

/** The leaves of the last question: for them it is enough to count. */
function leavesBeside(
  sample: Sample,
  order: Int32Array,
  column: Float64Array,
  threshold: number,
  counts: Float64Array,
): Grown[] {
  const below = new Float64Array(counts.length);
  for (let i = 0; i < order.length && column[order[i]] <= threshold; i++) below[sample.labels[order[i]]]++;
  const above = counts.map((count, segment) => count - below[segment]);
  return [leafFor(below, sample), leafFor(above, sample)];
}

/** The leaf that each customer comes to, of some customers at a time. */
export function* leavesOf(
  tree: TreeNode,
  features: readonly RawFeature[],
  customers: number,
): Generator<{ from: number; to: number; leaves: Leaf[] }> {
  const asked = [...featuresIn(tree)];
  for (const { from, to } of ranges(customers)) {
    const values = new Map(asked.map(f => [f, columnOf(features[f].values).part(from, to)]));
    const leaves = Array.from({ length: to - from }, (_, i) => {
      let node = tree;
      while (!('segment' in node))
        node = values.get(node.feature)![i] <= node.threshold ? node.below : node.above;
      return node;
    });
    yield { from, to, leaves };
  }
}

/** The features that a tree asks for. */
function featuresIn(tree: TreeNode): Set<number> {
  if ('segment' in tree) return new Set();
  return new Set([tree.feature, ...featuresIn(tree.below), ...featuresIn(tree.above)]);
}
