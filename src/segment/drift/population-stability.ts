import { type CustomerNumbers, columnOf, ranges } from '../../customer-column.js';
import { Ranks } from '../ranks.js';

/** How the values of a feature were spread, to compare later ones with. */
export interface Distribution {
  /** Ascending; bin 0 holds the values up to the first one, the last bin those above the last one. */
  edges: number[];
  /** `[edges + 1]`, share of the customers in each bin. */
  shares: number[];
}

/** Bins of equally many customers, as far as equal values allow. */
const bins = 10;

/** A bin without customers is taken for this share of them, lest its logarithm be infinite. */
const leastShare = 1e-4;

/** Share of the values in each bin; NaN does not count. */
function sharesOf(values: CustomerNumbers, edges: readonly number[]): number[] {
  const counts = new Float64Array(edges.length + 1);
  let known = 0;
  for (const { from, to } of ranges(values.length)) {
    const some = columnOf(values).part(from, to);
    for (let i = 0; i < to - from; i++) {
      if (Number.isNaN(some[i])) continue;
      let [low, high] = [0, edges.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (some[i] <= edges[middle]) high = middle;
        else low = middle + 1;
      }
      counts[low]++;
      known++;
    }
  }
  return Array.from(counts, count => count / Math.max(1, known));
}

/**
 * The spread of a feature in bins that hold a tenth of the customers each, fewer where many are equal: where equal
 * values fill a bin, the customers below them have one of their own, however few they are, so that their growth is seen.
 */
export function distributionOf(values: CustomerNumbers): Distribution {
  const ranks = new Ranks(values);
  const cuts = Array.from({ length: bins - 1 }, (_, i) => ranks.at((i + 1) / bins));
  const below = cuts.filter((cut, i) => cut === cuts[i - 1]).map(cut => ranks.before(cut));
  const edges = [...new Set([...below, ...cuts])].filter(edge => !Number.isNaN(edge)).sort((a, b) => a - b);
  return { edges, shares: sharesOf(values, edges) };
}

/**
 * The population stability index of values against an earlier distribution, Σ (now − then) · ln(now / then) over its
 * bins: 0 for no difference; from 0.1 on it is usually called slight, from 0.2 or 0.25 on great.
 * (N. Siddiqi, "Credit Risk Scorecards", 2006: the symmetric form of Kullback and Leibler's divergence.)
 */
export function populationStability({ edges, shares }: Distribution, values: CustomerNumbers): number {
  return stabilityOfShares(shares, sharesOf(values, edges));
}

/** The same of shares of any groups, then and now. */
export function stabilityOfShares(then: readonly number[], now: readonly number[]): number {
  return now.reduce((sum, share, bin) => {
    const [after, before] = [Math.max(share, leastShare), Math.max(then[bin], leastShare)];
    return sum + (after - before) * Math.log(after / before);
  }, 0);
}
