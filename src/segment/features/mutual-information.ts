import { meanRanks } from './mean-ranks.js';

/**
 * What a feature tells about the classes, in bits: their entropy less what is left of it once the feature is known.
 * The feature is cut into intervals of equally many customers, equal values together: at most ten, and such that
 * several customers of each class can fall into one, for the estimate of few customers is too high.
 *
 * @param classes `[customers]`, 0 … count - 1.
 */
export function mutualInformation(
  values: ArrayLike<number>,
  classes: Int32Array,
  count: number,
  intervals = Math.max(2, Math.min(10, Math.floor(Math.sqrt(classes.length / 5)))),
): number {
  const customers = classes.length;
  const ranks = meanRanks(values);
  const joint = new Float64Array(intervals * count);
  const inInterval = new Float64Array(intervals);
  const inClass = new Float64Array(count);
  for (let i = 0; i < customers; i++) {
    const interval = Math.floor(((ranks[i] - 0.5) / customers) * intervals);
    joint[interval * count + classes[i]]++;
    inInterval[interval]++;
    inClass[classes[i]]++;
  }
  let sum = 0;
  joint.forEach((both, at) => {
    if (both === 0) return;
    const expected = (inInterval[Math.floor(at / count)] * inClass[at % count]) / customers;
    sum += (both / customers) * Math.log2(both / expected);
  });
  return Math.max(0, sum);
}
