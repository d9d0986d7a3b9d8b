import { UsageError } from '../errors.js';
import type { FeatureProfile, SegmentProfile } from './segment-profile.js';

/** How a segment stands among all customers; low also holds for very low, high for very high. */
export const levels = ['very low', 'low', 'average', 'high', 'very high'] as const;

export type Level = (typeof levels)[number];

/** What a segment is to be like: a level, or a comparison of its median such as `> 90`. */
export type ActionCondition = Level | string | number;

/** What to do with the segments that are like this. */
export interface ActionRule {
  /**
   * By feature, or by `size`, `share` and `revenueShare` of the segment; all must hold. A rule without conditions
   * holds for every segment.
   */
  when?: Readonly<Record<string, ActionCondition>>;
  action: string;
}

const comparison = /^(<=|>=|<|>|=)\s*(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/i;

/** Figures of a segment that are no features. */
const figures = ['size', 'share', 'revenueShare'] as const;

/**
 * What is wrong with a condition, as it completes "expected …"; undefined where nothing is.
 *
 * @param name a feature, or a figure of the segment, which has no level.
 */
export function wrongCondition(name: string, condition: ActionCondition): string | undefined {
  const isFigure = (figures as readonly string[]).includes(name);
  const words = isFigure ? '' : `${levels.join(', ')}, or `;
  if (typeof condition === 'number' || comparison.test(condition.trim())) return undefined;
  if (!isFigure && (levels as readonly string[]).includes(condition)) return undefined;
  return `${words}a comparison such as "> 90"`;
}

/** From very low to very high, by what sets segments apart: see `Distinction`. */
export function levelOf({ distinctions }: Pick<SegmentProfile, 'distinctions'>, feature: string): Level {
  const found = distinctions.find(distinction => distinction.feature === feature);
  return found ? (`${found.very ? 'very ' : ''}${found.direction}` as Level) : 'average';
}

function compares(value: number, condition: string | number): boolean {
  if (typeof condition === 'number') return value === condition;
  const [, sign, text] = comparison.exec(condition.trim())!;
  const limit = Number(text);
  switch (sign) {
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
    default:
      return value === limit;
  }
}

/** Other names that a feature of the usual rules goes by. */
const aliases: Readonly<Record<string, RegExp>> = {
  monetary: /^(revenue|spend|amount|total ?spen)/i,
  income: /income|salary/i,
  discount: /^discount/i,
};

/** The feature of that name, or of one that says the same. */
function featureOf({ features }: SegmentProfile, name: string): FeatureProfile | undefined {
  return (
    features.find(each => each.name === name) ??
    (name in aliases ? features.find(each => aliases[name].test(each.name)) : undefined)
  );
}

function holds(profile: SegmentProfile, name: string, condition: ActionCondition): boolean {
  const figure = figures.find(each => each === name);
  if (figure) return compares(profile[figure], condition);
  const feature = featureOf(profile, name);
  if (!feature) return false;
  if ((levels as readonly unknown[]).includes(condition)) {
    const level = levelOf(profile, feature.name);
    return level === condition || level === `very ${condition}`;
  }
  return compares(feature.median, condition);
}

/**
 * The action of the first rule that fits each segment; empty where none does.
 *
 * @throws UsageError for a feature that the segments do not have, and for a condition that is none.
 */
export function suggestActions(
  profiles: readonly SegmentProfile[],
  rules: readonly ActionRule[] = usualActions,
): string[] {
  const known = [...(profiles[0]?.features.map(({ name }) => name) ?? []), ...figures];
  if (rules !== usualActions && profiles.length > 0) {
    for (const [i, { when = {} }] of rules.entries()) {
      for (const [name, condition] of Object.entries(when)) {
        const key = `segments.actions[${i}].when`;
        if (!known.includes(name)) {
          throw new UsageError({
            key,
            expected: `one of ${known.join(', ')}`,
            found: `"${name}"`,
            hint: 'Conditions name features of the segments, or their size, share or revenueShare.',
          });
        }
        const expected = wrongCondition(name, condition);
        if (expected) throw new UsageError({ key, expected, found: JSON.stringify(condition) });
      }
    }
  }
  return profiles.map(profile => {
    if (profile.size === 0) return '';
    const rule = rules.find(({ when = {} }) =>
      Object.entries(when).every(([name, condition]) => holds(profile, name, condition)),
    );
    return rule?.action ?? '';
  });
}

/**
 * What shops usually do, for the features recency (days since the last order), frequency, monetary, discount, tenure
 * and income; rules about a feature that there is not do not fit.
 */
export const usualActions: readonly ActionRule[] = [
  { when: { frequency: '<= 0' }, action: 'welcome: coupon for a first order' },
  { when: { recency: 'high', monetary: 'high' }, action: 'win-back: a personal offer' },
  { when: { recency: 'high', frequency: 'high' }, action: 'win-back: ask why, coupon' },
  { when: { discount: 'high' }, action: 'coupon: sales and bundles first' },
  { when: { income: 'high', monetary: 'low' }, action: 'win over: premium range, they have the means' },
  { when: { income: 'low', monetary: 'high' }, action: 'coupon: keep them, mind their means' },
  { when: { monetary: 'very high' }, action: 'premium: early access, personal service' },
  { when: { frequency: 'high', monetary: 'high' }, action: 'membership: points, a tier worth reaching' },
  { when: { income: 'high', monetary: 'high' }, action: 'premium: early access, personal service' },
  { when: { frequency: 'high' }, action: 'membership: points for every order' },
  { when: { monetary: 'high' }, action: 'membership: points, a tier worth reaching' },
  { when: { recency: 'high', frequency: 'low' }, action: 'last call: one coupon, then mail less' },
  { when: { recency: 'high' }, action: 'win-back: coupon with an end date' },
  { when: { recency: 'low', frequency: 'low' }, action: 'welcome: coupon for a second order' },
  { when: { tenure: 'low' }, action: 'welcome: show what else there is' },
  { when: { frequency: 'low' }, action: 'coupon for the next order' },
  { when: { recency: 'low' }, action: 'cross-sell: what goes with the last order' },
  { when: { monetary: 'low' }, action: 'newsletter: small treats, bundles' },
  { when: { tenure: 'high' }, action: 'membership: thank them for staying' },
  { when: { recency: 'average' }, action: 'newsletter: seasonal offers' },
  { when: { monetary: 'average' }, action: 'newsletter: seasonal offers' },
];
