import { literal } from '../../data/sql.js';
import type { ReasonKind } from '../../recommend/index.js';
import { chainOf, type RecommendationsConfig, voicesOf } from '../config/recommendations.js';
import { reasonText } from '../recommendation-tables.js';

const kinds: Record<string, ReasonKind> = {
  als: 'factors',
  item: 'neighbour',
  customer: 'customers',
  content: 'content',
  attributes: 'attributes',
  segment: 'segment',
  trending: 'trending',
  popular: 'popular',
};

/** SQL that is true of the reason of what a recommender has named; also of some that others have. */
function isReasonOf(part: string): string {
  const kind = kinds[part] ?? 'group';
  const alone = `reason = ${literal(reasonText(kind, undefined))}`;
  return kind === 'popular' ? alone : `${alone} OR starts_with(reason, ${literal(reasonText(kind, ''))})`;
}

/**
 * SQL of the customers all of whose places are filled, as `customer`, and of the number of the last link of the chain that they
 * were filled by, as `link`: what later links say makes no difference to them. Where reasons do not tell links apart, it is the
 * later one.
 *
 * @param rows SQL of their recommendations
 */
export function reachedSql(rows: string, config: RecommendationsConfig): string {
  const chain = chainOf(config);
  const cases = chain.map((link, number) => {
    const parts = link === 'blend' ? voicesOf(config).map(({ name }) => name) : [link];
    return `WHEN ${parts.map(isReasonOf).join(' OR ')} THEN ${number}`;
  });
  return `SELECT CAST(customer AS VARCHAR) AS customer, CASE ${cases.reverse().join(' ')} ELSE ${chain.length - 1} END AS link
    FROM ${rows} WHERE rank = ${config.count}`;
}
