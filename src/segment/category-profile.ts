import { type CustomerNumbers, columnOf, ranges } from '../customer-column.js';
import { UsageError } from '../errors.js';
import { hypergeometricTails } from '../hypergeometric.js';

/** A column of categories, such as the country of the customers. */
export interface CategoryColumn {
  name: string;
  /** `[customers]`, place in `categories`; -1 where it is not known. */
  codes: CustomerNumbers;
  categories: readonly string[];
}

/** How often a category is found in a segment, beside how often it is found among all. */
export interface CategoryProfile {
  column: string;
  category: string;
  /** Customers of the segment who are of it. */
  customers: number;
  /** Of the segment's customers whose category is known. */
  share: number;
  /** Of all customers whose category is known. */
  overallShare: number;
  /** The one share as a multiple of the other. */
  lift: number;
  direction: 'over' | 'under';
  /** Chance of a difference so great in either direction if the segment were drawn at random. */
  pValue: number;
  /** The same, corrected for how many categories and segments were looked at. */
  adjustedPValue: number;
}

/** Two-sided: twice the smaller tail. */
function twoSided(found: number, population: number, marked: number, drawn: number): number {
  const { atLeast, atMost } = hypergeometricTails(found, population, marked, drawn);
  return Math.min(1, 2 * Math.min(atLeast, atMost));
}

/**
 * Corrected p-values that bound the share of false findings among those that are called found. (Y. Benjamini and
 * Y. Hochberg, "Controlling the false discovery rate", J. R. Statist. Soc. B 57, 1995.)
 */
export function adjustedPValues(pValues: readonly number[]): number[] {
  const order = [...pValues.keys()].sort((a, b) => pValues[b] - pValues[a]);
  const adjusted = new Array<number>(pValues.length);
  let least = 1;
  order.forEach((test, i) => {
    least = Math.min(least, (pValues[test] * pValues.length) / (pValues.length - i));
    adjusted[test] = least;
  });
  return adjusted;
}

/**
 * Which categories are found more or less often in a segment than among all customers, with the exact test of
 * Fisher's (hypergeometric), corrected over all segments and categories.
 *
 * @param labels `[customers]`, segments 0 … k - 1; a customer below 0 belongs to none, but counts among all.
 * @returns by segment, the surest first.
 */
export function profileCategories(
  labels: CustomerNumbers,
  k: number,
  columns: readonly CategoryColumn[],
): CategoryProfile[][] {
  const found: (Omit<CategoryProfile, 'adjustedPValue'> & { segment: number })[] = [];
  for (const { name, codes, categories } of columns) {
    if (codes.length !== labels.length) {
      throw new UsageError({ expected: `${labels.length} values of ${name}`, found: `${codes.length}` });
    }
    const all = new Float64Array(categories.length);
    const own = new Float64Array(k * categories.length);
    const sizes = new Float64Array(k);
    let known = 0;
    for (const { from, to } of ranges(labels.length)) {
      const [some, segments] = [columnOf(codes).part(from, to), columnOf(labels).part(from, to)];
      for (let i = 0; i < to - from; i++) {
        if (some[i] < 0) continue;
        known++;
        all[some[i]]++;
        if (segments[i] < 0) continue;
        own[segments[i] * categories.length + some[i]]++;
        sizes[segments[i]]++;
      }
    }
    for (let segment = 0; segment < k; segment++) {
      for (const [code, category] of categories.entries()) {
        if (sizes[segment] === 0 || all[code] === 0 || all[code] === known) continue;
        const customers = own[segment * categories.length + code];
        const [share, overallShare] = [customers / sizes[segment], all[code] / known];
        found.push({
          segment,
          column: name,
          category,
          customers,
          share,
          overallShare,
          lift: share / overallShare,
          direction: share >= overallShare ? 'over' : 'under',
          pValue: twoSided(customers, known, all[code], sizes[segment]),
        });
      }
    }
  }
  const adjusted = adjustedPValues(found.map(({ pValue }) => pValue));
  const bySegment = Array.from({ length: k }, (): CategoryProfile[] => []);
  found.forEach(({ segment, ...profile }, i) => {
    bySegment[segment].push({ ...profile, adjustedPValue: adjusted[i] });
  });
  for (const profiles of bySegment) {
    profiles.sort((a, b) => a.pValue - b.pValue || Math.abs(Math.log(b.lift)) - Math.abs(Math.log(a.lift)));
  }
  return bySegment;
}
