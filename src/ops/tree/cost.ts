import { bytesOf, type Cost } from '../cost.js';
import { leafSize } from './kd-tree.js';

/** Every level of the tree looks at each customer's widest feature and moves the customer. */
export function kdTreeCost(customers: number, features: number): Cost {
  const levels = Math.max(1, Math.ceil(Math.log2(customers / leafSize)));
  return {
    flops: levels * customers * features,
    bytes: levels * bytesOf(2 * customers * features) + bytesOf(customers),
  };
}

/** At least: each query is measured with the customers of one leaf, and tree, queries and `outputs` numbers move once. */
export function treeSearchCost(
  customers: number,
  features: number,
  { queries, outputs }: { queries: number; outputs: number },
): Cost {
  const boxes = (2 * customers) / leafSize;
  return {
    flops: 3 * leafSize * features * queries,
    bytes: bytesOf(customers * features, 2 * boxes * features, outputs),
  };
}
