import type { Condition, Rule, SegmentExplanation } from './explain-segments.js';

const usualDigits = 6;
const mostDigits = 15;

/** Whole numbers in full, others with so many digits; beyond what a float64 counts, by the power of ten. */
function number(value: number, digits = usualDigits): string {
  if (Math.abs(value) >= 10 ** mostDigits) return Number(value.toPrecision(digits)).toExponential();
  return value.toLocaleString('en', {
    maximumSignificantDigits: Number.isInteger(value) ? mostDigits : digits,
  });
}

/** The ends of a range, with as many digits as tell them well apart. */
function range(above: number, upTo: number): [string, string] {
  const apart = (upTo - above) / Math.max(Math.abs(above), Math.abs(upTo));
  const digits = Math.min(mostDigits, Math.max(usualDigits, 2 - Math.floor(Math.log10(apart))));
  return [number(above, digits), number(upTo, digits)];
}

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
    const [from, to] = range(above, upTo);
    return `${from} < ${feature} ≤ ${to}`;
  }
  return above === undefined ? `${feature} ≤ ${number(upTo ?? 0)}` : `${feature} > ${number(above)}`;
}

/** `recency > 90 and frequency ≤ 1`; `everybody` without conditions. */
export function ruleText({ conditions }: Rule): string {
  return conditions.map(conditionText).join(' and ') || 'everybody';
}

/** The rules of a segment, `; or` between them. */
export function explanationText({ rules }: SegmentExplanation): string {
  return rules.map(ruleText).join('; or ');
}
