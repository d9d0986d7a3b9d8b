/** How mixed a group of so many customers of each class is: 0 for a single class. */
export type Impurity = (counts: ArrayLike<number>, total: number) => number;

/** Shannon's, in bits. */
export const entropy: Impurity = (counts, total) => {
  let sum = 0;
  for (let c = 0; c < counts.length; c++) {
    const share = counts[c] / total;
    if (share > 0) sum -= share * Math.log2(share);
  }
  return sum;
};

/** The chance that two customers drawn from the group are of different classes. */
export const gini: Impurity = (counts, total) => {
  let sum = 1;
  for (let c = 0; c < counts.length; c++) sum -= (counts[c] / total) ** 2;
  return sum;
};

export interface Split {
  /** How much less mixed the two parts are than the whole, on average over the customers. */
  gain: number;
  /** Customers at or below it are one part; NaN where no split helps. */
  threshold: number;
}

/**
 * The threshold of a feature that separates the classes best, as a decision tree would choose it.
 * (L. Breiman et al., "Classification and Regression Trees", 1984; for the entropy J. R. Quinlan 1986.)
 *
 * @param classes `[customers]`, 0 … count - 1.
 */
export function bestSplit(
  values: ArrayLike<number>,
  classes: Int32Array,
  count: number,
  impurity: Impurity,
): Split {
  const customers = classes.length;
  const order = Int32Array.from(classes.keys()).sort((a, b) => values[a] - values[b]);
  const below = new Float64Array(count);
  const above = new Float64Array(count);
  for (const each of classes) above[each]++;
  const whole = impurity(above, customers);
  const best: Split = { gain: 0, threshold: Number.NaN };
  for (let i = 0; i + 1 < customers; i++) {
    below[classes[order[i]]]++;
    above[classes[order[i]]]--;
    const [value, next] = [values[order[i]], values[order[i + 1]]];
    if (value === next) continue;
    const share = (i + 1) / customers;
    const mixed = share * impurity(below, i + 1) + (1 - share) * impurity(above, customers - i - 1);
    // More than rounding: of equally good thresholds the least.
    if (whole - mixed <= best.gain + 1e-12) continue;
    best.gain = whole - mixed;
    best.threshold = (value + next) / 2;
  }
  return best;
}
