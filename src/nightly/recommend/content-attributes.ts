import { identifier } from '../../data/index.js';
import { UsageError } from '../../errors.js';
import type { ItemAttributes } from '../../recommend/item-attributes.js';
import type { RecommendationsConfig } from '../config/recommendations.js';
import type { ItemFacts } from './item-facts.js';

const usual = { texts: ['name', 'description'], categories: ['category'] };
const key = 'recommendations.content';

/**
 * What is known of the items for recommendation by content, as the configuration names it.
 *
 * @param names readable names of the items, which transactions may have where the items have none
 * @throws UsageError where nothing is known of any item
 */
export async function contentAttributes(
  { content = {} }: RecommendationsConfig,
  facts: ItemFacts,
  names: readonly string[],
): Promise<ItemAttributes> {
  const isKnown = (column: string) => column === 'name' || facts.has(column);
  const texts: Record<string, string[]> = {};
  for (const column of content.texts ?? usual.texts.filter(isKnown)) {
    texts[column] = column === 'name' ? [...names] : (await facts.texts(column, key)).map(text => text ?? '');
  }
  const categories: Record<string, (string | undefined)[]> = {};
  for (const column of content.categories ?? usual.categories.filter(isKnown)) {
    categories[column] = await facts.texts(column, key);
  }
  const numbers: Record<string, Float64Array> = {};
  for (const column of content.numbers ?? []) {
    numbers[column] = await facts.numbers(identifier(facts.column(column, key)), key);
  }
  const all = { ...texts, ...categories, ...numbers };
  if (Object.keys(all).length > 0) return { texts, categories, numbers };
  throw new UsageError({
    key,
    expected: 'texts, categories or numbers of the items',
    found: 'none of them',
    hint: `Name columns of the items; there are ${facts.names.join(', ')}.`,
  });
}
