import { type CustomerNumbers, columnOf } from '../../customer-column.js';
import { type RawFeature, sizesOf } from '../profile.js';
import { type DecisionTreeOptions, fitDecisionTree, leavesOf, type TreeNode } from './decision-tree.js';

/** A range of a feature, in its own unit: above `above` and up to `upTo`. */
export interface Condition {
  feature: string;
  above?: number;
  upTo?: number;
}

/** Conditions that all hold. */
export interface Rule {
  conditions: Condition[];
  /** Share of the segment's customers for whom they do. */
  covers: number;
}

/** What tells a segment, as far as few conditions can. */
export interface SegmentExplanation {
  segment: number;
  /** The one that covers most of the segment first; none where the tree does not know the segment. */
  rules: Rule[];
  /** Share of the segment's customers for whom one of the rules holds. */
  recall: number;
  /** Share of the segment's customers among those for whom one of the rules holds; NaN without rules. */
  precision: number;
}

export interface Explanation {
  /** Share of the customers that the conditions put into the right segment. */
  fidelity: number;
  segments: SegmentExplanation[];
  tree: TreeNode;
}

interface Path {
  segment: number;
  conditions: Condition[];
  right: number;
  wrong: number;
}

/**
 * Describes segments by a shallow decision tree on the features in their own units, and says how far it may be
 * trusted: its fidelity, counted over all customers.
 *
 * @param labels `[customers]`, segments 0 … k - 1; customers below 0 are left out.
 */
export async function explainSegments(
  features: readonly RawFeature[],
  labels: CustomerNumbers,
  k: number,
  options: DecisionTreeOptions = {},
): Promise<Explanation> {
  const tree = await fitDecisionTree(features, labels, k, options);
  const paths: Path[] = [];
  const pathOf = new Map<TreeNode, Path>();
  collect(tree, [], features, paths, pathOf);
  const groups = { of: columnOf(labels), count: k };
  const sizes = sizesOf(groups);
  for (const { from, to, leaves } of leavesOf(tree, features, labels.length)) {
    const own = groups.of.part(from, to);
    for (let i = 0; i < to - from; i++) {
      if (own[i] < 0) continue;
      const path = pathOf.get(leaves[i])!;
      if (own[i] === path.segment) path.right++;
      else path.wrong++;
    }
  }
  const belonging = sizes.reduce((sum, size) => sum + size, 0);
  const right = paths.reduce((sum, path) => sum + path.right, 0);
  const segments = Array.from({ length: k }, (_, segment) => {
    const own = paths
      .filter(path => path.segment === segment && path.right > 0)
      .sort((a, b) => b.right - a.right);
    const covered = own.reduce((sum, path) => sum + path.right, 0);
    const wrong = own.reduce((sum, path) => sum + path.wrong, 0);
    return {
      segment,
      rules: own.map(({ conditions, right }) => ({ conditions, covers: right / sizes[segment] })),
      recall: sizes[segment] > 0 ? covered / sizes[segment] : 0,
      precision: covered / (covered + wrong),
    };
  });
  return { fidelity: belonging > 0 ? right / belonging : Number.NaN, segments, tree };
}

function collect(
  node: TreeNode,
  conditions: readonly Condition[],
  features: readonly RawFeature[],
  paths: Path[],
  pathOf: Map<TreeNode, Path>,
): void {
  if ('segment' in node) {
    const path = { segment: node.segment, conditions: [...conditions], right: 0, wrong: 0 };
    paths.push(path);
    pathOf.set(node, path);
    return;
  }
  const { name } = features[node.feature];
  const narrowed = (bound: Partial<Condition>): Condition[] => {
    const known = conditions.find(({ feature }) => feature === name) ?? { feature: name };
    return [...conditions.filter(({ feature }) => feature !== name), { ...known, ...bound }];
  };
  collect(node.below, narrowed({ upTo: node.threshold }), features, paths, pathOf);
  collect(node.above, narrowed({ above: node.threshold }), features, paths, pathOf);
}
