export { conditionText, explanationText, ruleText } from './condition-text.js';
export { type DecisionTreeOptions, fitDecisionTree, type TreeNode } from './decision-tree.js';
export {
  type Condition,
  type Explanation,
  explainSegments,
  type Rule,
  type SegmentExplanation,
} from './explain-segments.js';
