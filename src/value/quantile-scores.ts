/** A column sorted, its scale turned round where the smallest values are the best; without its NaN. */
function sortedColumn(values: ArrayLike<number>, reversed: boolean): Float64Array {
  const sorted = new Float64Array(values);
  if (reversed) for (let i = 0; i < sorted.length; i++) sorted[i] = -sorted[i]!;
  sorted.sort();
  // Typed arrays sort NaN to the end.
  let n = sorted.length;
  while (n > 0 && Number.isNaN(sorted[n - 1]!)) n--;
  return sorted.subarray(0, n);
}

/** How many of the sorted values are less than `value`, or as great: by bisection. */
function countUpTo(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Calls `visit` for every value of a sorted column that differs from the one before, with its first place and its score. */
function eachScore(
  sorted: Float64Array,
  quantiles: number,
  visit: (start: number, end: number, score: number) => void,
): void {
  const n = sorted.length;
  for (let start = 0; start < n; ) {
    let end = start + 1;
    while (end < n && sorted[end] === sorted[start]) end++;
    const place = (start + end) / 2 / n;
    visit(start, end, Math.min(quantiles, 1 + Math.floor(place * quantiles)));
    start = end;
  }
}

/**
 * The values at which the scores 2, 3, … `quantiles` begin, from the values of all customers (any order, NaN left out).
 * A value's place is the middle of its ties in the sorted column, (smaller + equal / 2) / n, and its score the quantile that
 * place falls into. So equal values always score the same, and turning the scale round turns the scores round.
 * A score that no value gets begins where the next one does; a column of one value has the middle score only.
 * `reversed`: the values are taken by their negatives.
 */
export function quantileThresholds(
  values: ArrayLike<number>,
  quantiles: number,
  reversed = false,
): Float64Array {
  const sorted = sortedColumn(values, reversed);
  const thresholds = new Float64Array(quantiles - 1).fill(Number.POSITIVE_INFINITY);
  let reached = 1;
  eachScore(sorted, quantiles, (start, _, score) => {
    for (; reached < score; reached++) thresholds[reached - 1] = sorted[start]!;
  });
  return thresholds;
}

/** Score of each value, 1 to `thresholds.length + 1`; 0 for NaN. `reversed`: the smallest values score highest. */
export function quantileScores(
  values: ArrayLike<number>,
  thresholds: Float64Array,
  reversed = false,
): Uint8Array {
  const sign = reversed ? -1 : 1;
  const scores = new Uint8Array(values.length);
  for (let i = 0; i < scores.length; i++) {
    const value = sign * values[i]!;
    if (!Number.isNaN(value)) scores[i] = 1 + countUpTo(thresholds, value);
  }
  return scores;
}

/**
 * The scores that values have by the thresholds found among themselves. Where they are fewer than the quantiles these are not
 * found: many groups of a few customers then cost no more for many quantiles.
 */
export function scoresAmong(values: ArrayLike<number>, quantiles: number, reversed = false): Uint8Array {
  if (values.length > quantiles) {
    return quantileScores(values, quantileThresholds(values, quantiles, reversed), reversed);
  }
  const sorted = sortedColumn(values, reversed);
  const ofPlace = new Uint8Array(sorted.length);
  eachScore(sorted, quantiles, (start, end, score) => ofPlace.fill(score, start, end));
  const sign = reversed ? -1 : 1;
  const scores = new Uint8Array(values.length);
  for (let i = 0; i < scores.length; i++) {
    const value = sign * values[i]!;
    if (!Number.isNaN(value)) scores[i] = ofPlace[countUpTo(sorted, value) - 1]!;
  }
  return scores;
}
