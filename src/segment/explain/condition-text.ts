import type { Condition, Rule, SegmentExplanation } from './explain-segments.js';

const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 6 });

/** `gender=F` is 0 or 1: whoever is above 0 is of the category. */
function isCategory({ feature, above, upTo }: Condition): boolean {
  return feature.includes('=') && (above === 0 || upTo === 0);
}

/** `recency > 90`, `90 < recency ≤ 180`, `gender is F` */
export function conditionText(condition: Condition): string {
  const { feature, above, upTo } = condition;
  if (isCategory(condition)) {
    const [name, ...category] = feature.split('=');
    return `${name} is ${above === undefined ? 'not ' : ''}${category.join('=')}`;
  }
  if (above !== undefined && upTo !== undefined) {
    return `${number.format(above)} < ${feature} ≤ ${number.format(upTo)}`;
  }
  return above === undefined
    ? `${feature} ≤ ${number.format(upTo ?? 0)}`
    : `${feature} > ${number.format(above)}`;
}

/** `recency > 90 and frequency ≤ 1`; `everybody` without conditions. */
export function ruleText({ conditions }: Rule): string {
  return conditions.map(conditionText).join(' and ') || 'everybody';
}

/** The rules of a segment, `; or` between them. */
export function explanationText({ rules }: SegmentExplanation): string {
  return rules.map(ruleText).join('; or ');
}
