/** Puts the value of the given rank (0 is the least) in its sorted place, none greater before it, none less after. */
function select(values: Float64Array, rank: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const pivot = values[(low + high) >> 1];
    let [i, j] = [low, high];
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i > j) break;
      const held = values[i];
      values[i++] = values[j];
      values[j--] = held;
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else break;
  }
  return values[rank];
}

/**
 * The median, in linear time on average; `values` are without NaN and end in another order. NaN for none.
 * (C. A. R. Hoare, "Algorithm 65: Find", CACM 4, 1961.)
 */
export function median(values: Float64Array): number {
  const { length } = values;
  if (length === 0) return Number.NaN;
  const upper = select(values, length >> 1);
  if (length % 2 === 1) return upper;
  let lower = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < length >> 1; i++) if (values[i] > lower) lower = values[i];
  return (lower + upper) / 2;
}

/** The value below which a share of the values lies, between two of them in proportion; NaN for none. */
export function quantile(values: Float64Array, share: number): number {
  if (values.length === 0) return Number.NaN;
  const place = share * (values.length - 1);
  const rank = Math.floor(place);
  const lower = select(values, rank);
  if (place === rank) return lower;
  let upper = Number.POSITIVE_INFINITY;
  for (let i = rank + 1; i < values.length; i++) if (values[i] < upper) upper = values[i];
  return lower + (place - rank) * (upper - lower);
}
