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
  const sorted = new Float64Array(values);
  if (reversed) for (let i = 0; i < sorted.length; i++) sorted[i] = -sorted[i]!;
  sorted.sort();
  // Typed arrays sort NaN to the end.
  let n = sorted.length;
  while (n > 0 && Number.isNaN(sorted[n - 1]!)) n--;
  const thresholds = new Float64Array(quantiles - 1).fill(Number.POSITIVE_INFINITY);
  let reached = 1;
  for (let start = 0; start < n && reached < quantiles; ) {
    let end = start + 1;
    while (end < n && sorted[end] === sorted[start]) end++;
    const place = (start + end) / 2 / n;
    const score = Math.min(quantiles, 1 + Math.floor(place * quantiles));
    for (; reached < score; reached++) thresholds[reached - 1] = sorted[start]!;
    start = end;
  }
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
    if (Number.isNaN(value)) continue;
    let score = 1;
    while (score <= thresholds.length && value >= thresholds[score - 1]!) score++;
    scores[i] = score;
  }
  return scores;
}
