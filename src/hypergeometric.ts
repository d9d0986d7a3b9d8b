import { logGamma } from './special-functions.js';

function logChoose(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}

/**
 * The two tails of the hypergeometric distribution: of `population` things, `marked` have a mark; `drawn` are drawn
 * without putting back. Terms come from each other by their ratios, from the outermost that counts.
 *
 * @param found marked ones among the drawn.
 * @returns chances of so many or more, and of so many or fewer.
 */
export function hypergeometricTails(
  found: number,
  population: number,
  marked: number,
  drawn: number,
): { atLeast: number; atMost: number } {
  const least = Math.max(0, drawn + marked - population);
  const most = Math.min(drawn, marked);
  const logTerm =
    logChoose(marked, found) + logChoose(population - marked, drawn - found) - logChoose(population, drawn);
  const own = Math.exp(logTerm);
  /** Sum of the terms beyond the own one, relative to it; they shrink, or they grow over the mode and then shrink. */
  const beyond = (step: 1 | -1): number => {
    let [ratio, sum] = [1, 0];
    for (let x = found; step > 0 ? x < most : x > least; x += step) {
      ratio *=
        step > 0
          ? ((marked - x) * (drawn - x)) / ((x + 1) * (population - marked - drawn + x + 1))
          : (x * (population - marked - drawn + x)) / ((marked - x + 1) * (drawn - x + 1));
      sum += ratio;
      if (ratio < 1e-17 * sum || sum > 1e300) break;
    }
    return sum;
  };
  const mode = ((drawn + 1) * (marked + 1)) / (population + 2);
  // The tail away from the mode is summed; the other is what is left of 1.
  if (found >= mode) {
    const atLeast = Math.min(1, own * (1 + beyond(1)));
    return { atLeast, atMost: Math.min(1, 1 - atLeast + own) };
  }
  const atMost = Math.min(1, own * (1 + beyond(-1)));
  return { atLeast: Math.min(1, 1 - atMost + own), atMost };
}
