import { createHash } from 'node:crypto';
import type { Rules } from '../../recommend/index.js';

/** What business rules say of each item, as far as it can be compared from night to night. */
export interface RuleFigures {
  /** `[items]`, what relevance is multiplied by, 0 of items that nobody may have. */
  weight: Float64Array;
  /** `[items]`, NaN where it is missing; empty without a rule on prices. */
  price: Float64Array;
  /** `[items]`, hashes of the categories that are capped; empty without a cap. */
  category: Int32Array;
}

/**
 * What rules say of each of the items.
 *
 * @param categories of the items as text, where their number in a list is capped
 */
export function ruleFigures(
  { deny, allow, boost, recency, priceRange }: Rules,
  items: number,
  categories: readonly (string | undefined)[] = [],
): RuleFigures {
  const denied = new Set(deny);
  const allowed = allow && new Set(allow);
  const isShown = (item: number) => !denied.has(item) && (allowed?.has(item) ?? true);
  const weight = Float64Array.from({ length: items }, (_, item) => {
    const fading = recency ? 0.5 ** (recency.age[item] / recency.halfLife) : 1;
    return isShown(item) ? (boost?.[item] ?? 1) * fading : 0;
  });
  return {
    weight,
    price: Float64Array.from(priceRange?.price ?? []),
    category: Int32Array.from(categories, text =>
      createHash('sha256')
        .update(text ?? '')
        .digest()
        .readInt32LE(0),
    ),
  };
}
