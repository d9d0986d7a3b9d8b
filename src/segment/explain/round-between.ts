/** The number with the fewest digits that is at least `low` and less than `high`; for whole numbers, a whole one. */
export function roundBetween(low: number, high: number): number {
  if (!(low < high)) return low;
  if (low <= 0 && high > 0) return 0;
  const widest = Math.floor(Math.log10(Math.max(Math.abs(low), Math.abs(high))));
  for (let power = widest; power > widest - 17; power--) {
    // A power of ten below 1 is not exact in binary: dividing by its inverse is.
    const rounded =
      power >= 0 ? Math.ceil(low / 10 ** power) * 10 ** power : Math.ceil(low * 10 ** -power) / 10 ** -power;
    if (rounded >= low && rounded < high) return rounded;
  }
  return low;
}
