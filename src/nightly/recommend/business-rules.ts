import { identifier } from '../../data/index.js';
import { DataError } from '../../errors.js';
import type { Rules } from '../../recommend/index.js';
import type { RulesConfig } from '../config/recommendations.js';
import type { ItemFacts } from './item-facts.js';
import { type RuleFigures, ruleFigures } from './rule-figures.js';

const key = (name: string) => `recommendations.rules.${name}`;

/** What the rules of a configuration come to for the items of a catalogue. */
export interface BusinessRules {
  rules: Rules;
  /** Items that may be recommended to anybody. */
  candidates: number;
  /** What they say of each item, to compare with another night. */
  figures: RuleFigures;
}

/** Numbers of the items in a list of ids, or for which SQL is true. */
async function chosen(
  what: (string | number)[] | string,
  name: string,
  facts: ItemFacts,
  idOf: (item: number) => string,
): Promise<number[]> {
  if (typeof what === 'string') return facts.where(what, key(name));
  const wanted = new Set(what.map(String));
  return Array.from({ length: facts.items }, (_, item) => item).filter(item => wanted.has(idOf(item)));
}

/**
 * Finds what the rules say of each item.
 *
 * @param snapshot the moment that ages are counted to
 * @param similarity how alike two items are, for `diversity`
 * @throws DataError where they leave no item that may be recommended, or name a column that is not there
 */
export async function businessRules(
  config: RulesConfig,
  facts: ItemFacts,
  {
    idOf,
    snapshot,
    similarity,
  }: {
    idOf: (item: number) => string;
    snapshot: () => Promise<string>;
    similarity: () => Promise<(a: number, b: number) => number>;
  },
): Promise<BusinessRules> {
  const { outOfStock, deny, allow, perCategory, priceRange, recency, boost, diversity = 0 } = config;
  const denied = new Set([
    ...(outOfStock === undefined ? [] : await facts.where(outOfStock, key('outOfStock'))),
    ...(deny === undefined ? [] : await chosen(deny, 'deny', facts, idOf)),
  ]);
  const allowed = allow === undefined ? undefined : await chosen(allow, 'allow', facts, idOf);
  const candidates = (allowed ?? Array.from({ length: facts.items }, (_, item) => item)).filter(
    item => !denied.has(item),
  ).length;
  if (candidates === 0) {
    const left = allowed ? `, of the ${allowed.length} that are allowed` : '';
    throw new DataError({
      key: 'recommendations.rules',
      expected: 'items that may be recommended',
      found: `none of ${facts.items}${left}: ${denied.size} are out of stock or denied`,
      hint: 'Loosen outOfStock, deny or allow.',
    });
  }
  const rules: Rules = { deny: denied, allow: allowed };
  let texts: (string | undefined)[] = [];
  if (perCategory) {
    texts = await facts.texts(perCategory.column, key('perCategory'));
    const numbers = new Map([...new Set(texts)].map((text, number) => [text, number]));
    const of = Int32Array.from(texts, text => (text === undefined ? -1 : numbers.get(text)!));
    rules.categories = { of, atMost: perCategory.atMost };
  }
  if (priceRange) {
    const { column = 'price', ...range } = priceRange;
    const name = facts.column(column, key('priceRange'));
    rules.priceRange = { price: await facts.numbers(identifier(name), key('priceRange')), ...range };
  }
  if (recency) {
    const { column = 'lastSold', halfLife } = recency;
    rules.recency = { age: await facts.ages(column, await snapshot(), key('recency')), halfLife };
  }
  if (boost !== undefined) {
    const boosts = await facts.numbers(String(boost), key('boost'));
    const wrong = boosts.findIndex(value => value < 0 || value === Number.POSITIVE_INFINITY);
    if (wrong >= 0) {
      throw new DataError({
        key: key('boost'),
        expected: 'a number of at least 0 for each item',
        found: `${boosts[wrong]} for ${idOf(wrong)}`,
        hint: 'Wrap it into greatest(0, …).',
      });
    }
    rules.boost = boosts.map(value => (Number.isNaN(value) ? 1 : value));
  }
  if (diversity > 0) rules.diversity = { lambda: 1 - diversity, similarity: await similarity() };
  return { rules, candidates, figures: ruleFigures(rules, facts.items, texts) };
}
